package healthmailbox

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// adviceJSON is what reports say in words, with its sources: one place for those who know Exchange to review.
// {name} stands for a value of the report or for another text.
//
//go:embed advice.json
var adviceJSON []byte

type adviceTexts struct {
	Texts map[string]string
	Kinds []struct {
		Kind    ObjectKind
		Path    string // an expression
		pattern pastedtext.Pattern
	}
	// Findings by their ID; a comma and a remark after it tell two wordings of one finding apart.
	Findings map[string]struct {
		Severity          Severity
		Detail, Reference string
		NeedsAction       bool `json:"needs_action"`
	}
	Steps map[string]struct {
		Procedure string
		Steps     []Step
	}
}

var advice = sync.OnceValue(func() (a adviceTexts) {
	if err := json.Unmarshal(adviceJSON, &a); err != nil {
		panic(fmt.Sprintf("healthmailbox: the embedded advice: %v", err))
	}
	for i := range a.Kinds {
		a.Kinds[i].pattern = pastedtext.NewPattern(a.Kinds[i].Path)
	}
	return a
})

var placeholder = pastedtext.NewPattern(`\{[a-z_0-9]+\}`)

// fill puts values, given as pairs of name and value, and texts into the places of a text. Values stay as they are.
func fill(text string, pairs ...any) string {
	return placeholder().ReplaceAllStringFunc(text, func(place string) string {
		name := strings.Trim(place, "{}")
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return fmt.Sprint(pairs[i+1])
			}
		}
		if shared, ok := advice().Texts[name]; ok {
			return fill(shared, pairs...)
		}
		return place
	})
}

// find adds a finding; beyond maxFindings of one ID they are only counted.
func (a *assessment) find(name, subject string, pairs ...any) {
	f := advice().Findings[name]
	id, _, _ := strings.Cut(name, ",")
	a.report.NeedsAction = a.report.NeedsAction || f.NeedsAction
	if a.kinds[id]++; a.kinds[id] <= maxFindings {
		a.report.Findings = append(a.report.Findings,
			Finding{id, f.Severity, subject, fill(f.Detail, pairs...), fill(f.Reference)})
	}
}

// recommendSteps adds the steps of a group.
func (a *assessment) recommendSteps(group string, pairs ...any) {
	r := &a.report
	for _, s := range advice().Steps[group].Steps {
		s.Order, s.Procedure = len(r.Recommendations)+1, advice().Steps[group].Procedure
		for _, text := range []*string{&s.Command, &s.Scope, &s.Caution, &s.Reason} {
			*text = fill(*text, pairs...)
		}
		r.Recommendations = append(r.Recommendations, s)
	}
}
