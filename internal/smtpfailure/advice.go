package smtpfailure

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

// advice is what a reader gets: a few sentences, and steps in the order to try them.
type advice struct {
	explanation string
	steps       []string
	reference   string // URL of the document behind it
}

// adviceText has a section "# name" for each advice: a reference, a paragraph and a list, and "# name, direction" where
// a direction needs others. A step in square brackets stands in the section "# steps", where each has its name.
//
//go:embed advice.md
var adviceText string

var advices = sync.OnceValue(func() map[string]advice {
	out := map[string]advice{}
	shared := map[string]string{}
	for section := range strings.SplitSeq("\n"+adviceText, "\n# ") {
		name, body, _ := strings.Cut(section, "\n")
		var a advice
		for block := range strings.SplitSeq(strings.ReplaceAll(body, "\n- ", "\n\n- "), "\n\n") {
			block = strings.Join(strings.Fields(block), " ")
			step, isStep := strings.CutPrefix(block, "- ")
			switch {
			case block == "":
			case strings.HasPrefix(block, "<http"):
				a.reference = strings.Trim(block, "<>")
			case !isStep:
				a.explanation = block
			case name == "steps":
				key, text, found := strings.Cut(step, ": ")
				if !found {
					panic(fmt.Sprintf("smtpfailure: the shared step %q has no name", step))
				}
				shared[key] = text
			case strings.HasPrefix(step, "["):
				text, known := shared[strings.Trim(step, "[]")]
				if !known {
					panic(fmt.Sprintf("smtpfailure: no shared step %s", step))
				}
				a.steps = append(a.steps, text)
			default:
				a.steps = append(a.steps, step)
			}
		}
		out[name] = a
	}
	return out
})

// adviceFor returns the advice of a name, that for the direction where there is one.
func adviceFor(name string, d Direction) advice {
	general := advices()[name]
	if a, ok := advices()[name+", "+string(d)]; ok {
		a.reference = general.reference
		return a
	}
	return general
}
