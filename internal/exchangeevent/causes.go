package exchangeevent

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// causesJSON are the known other causes, each with its remedy, for those who know Exchange to review. An alternative
// is a list of marks, as they are written in lower case and without blanks.
//
//go:embed causes.json
var causesJSON []byte

type causeTable struct {
	Health []string // what to do where a health mailbox is the cause
	Others []otherRule
}

// otherRule recognizes one cause: the text shows all marks of one alternative.
type otherRule struct {
	OtherCause
	Evidence     string
	Alternatives [][]string
	marks        [][]pastedtext.Pattern
}

// causes is the table; the first of the other causes that a text shows is its cause.
var causes = sync.OnceValue(func() (t causeTable) {
	if err := json.Unmarshal(causesJSON, &t); err != nil {
		panic(fmt.Sprintf("exchangeevent: the embedded causes: %v", err))
	}
	for i := range t.Others {
		for _, alternative := range t.Others[i].Alternatives {
			marks := make([]pastedtext.Pattern, len(alternative))
			for k, mark := range alternative {
				marks[k] = pastedtext.NewPattern(mark)
			}
			t.Others[i].marks = append(t.Others[i].marks, marks)
		}
	}
	return t
})

func (r *otherRule) matches(lower string) bool {
	return slices.ContainsFunc(r.marks, func(marks []pastedtext.Pattern) bool {
		return !slices.ContainsFunc(marks, func(mark pastedtext.Pattern) bool { return !mark().MatchString(lower) })
	})
}
