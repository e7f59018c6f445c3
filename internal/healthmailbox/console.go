package healthmailbox

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// section is what one command printed; command is "" for text without its command.
type section struct {
	command string
	lines   []line
}

var (
	// [PS] C:\>, PS C:\Users\me>, [ex1]: PS C:\>, C:\> and >>, each with the command behind it.
	prompt = pastedtext.NewPattern(`^\s*(?:(?:\[[^\]\s]+\]:?\s*)?(?:PS(?:\s[^>]*)?|[A-Za-z]:\\[^>]*)>+|\[PS\]|>>)\s*(.*)$`)

	// A command copied without its prompt.
	bareCommand = pastedtext.NewPattern(`(?i)^\s*[(&{.\s]*(?:(?:get|set|select|where|foreach|export|convertto|format|` +
		`out|start|stop|add|import|write|new|enter|connect)-[a-z]+\b|\$[\w:]+\s*[=|.])`)

	monitoringCommand = pastedtext.NewPattern(`(?i)\s-mon`)
	unlimitedCommand  = pastedtext.NewPattern(`(?i)-resultsize[:\s]+unlimited`)
	filteredCommand   = pastedtext.NewPattern(`(?i)\s-(?:server|database|filter|identity|organizationalunit|anr|` +
		`first|last|skip)\b|` +
		`\bwhere(?:-object)?\b|\|\s*\?|\|\s*get-mailbox\b|get-mailbox\s+["'\w]|-resultsize[:\s]+\d`)
)

// blanks are those of \s in a pattern.
const blanks = " \t\n\f\r"

// shellNoise is what the Exchange Management Shell says while it connects.
const shellNoise = "Creating a new session for implicit remoting"

// commandOf returns the command of a prompt line, "" for a prompt alone.
func commandOf(text string) (string, bool) {
	if strings.Contains(text, ">") || strings.Contains(text, "[PS]") {
		if m := prompt().FindStringSubmatch(text); m != nil {
			return strings.TrimSpace(m[1]), true
		}
	}
	if beginsAsCommand(text) && bareCommand().MatchString(text) {
		return strings.TrimSpace(text), true
	}
	return "", false
}

// beginsAsCommand spares most lines the pattern: a command begins with a variable or a verb and a hyphen.
func beginsAsCommand(text string) bool {
	text = strings.TrimLeft(text, "(&{."+blanks)
	return strings.HasPrefix(text, "$") || strings.HasPrefix(strings.TrimLeftFunc(text, unicode.IsLetter), "-")
}

// splitSections removes transcript headers, prompts and commands; each command starts a section. What stands
// above the first prompt and does not mention a health mailbox is the shell's greeting.
func splitSections(lines []line) ([]section, error) {
	lines, err := dropTranscriptHeaders(lines)
	if err != nil {
		return nil, err
	}
	sections := []section{{}}
	greeting := true
	for i := 0; i < len(lines); i++ {
		current := &sections[len(sections)-1]
		command, ok := commandOf(lines[i].text)
		if !ok {
			greeting = greeting && !lines[i].mentions()
			if !strings.HasPrefix(strings.TrimLeft(lines[i].text, blanks), shellNoise) {
				current.lines = append(current.lines, lines[i])
			}
			continue
		}
		if greeting && len(sections) == 1 && prompt().MatchString(lines[i].text) {
			current.lines = nil
		}
		if strings.HasPrefix(strings.TrimSpace(lines[i].text), ">>") && len(dropBlank(current.lines)) == 0 &&
			len(current.command) < maxCommand {
			current.command += " " + command
			continue
		}
		for i+1 < len(lines) && len(command) < maxCommand && goesOn(lines[i], lines[i+1]) {
			i++
			command += " " + strings.TrimSpace(lines[i].text)
		}
		sections = append(sections, section{command: command})
	}
	return sections, nil
}

// maxCommand is in bytes, far above what people type.
const maxCommand = 1 << 14

// goesOn reports a command that next continues: by its last character, or since the console wrapped it. What a
// wrapped Format-Table command ends with ("Name,Database -AutoSize") may look like the header of a CSV file.
func goesOn(last, next line) bool {
	wrapped := utf8.RuneCountInString(last.text) >= 78
	found := shapeAt([]line{next})
	if next.blank() || found != nil && (!wrapped || found.name != "csv" || next.text[0] == '"') ||
		formOf(firstWord(next.text)) != notHealth {
		return false
	}
	if strings.ContainsAny(last.text[max(0, len(last.text)-1):], "|,`{(") {
		return true
	}
	_, another := commandOf(next.text)
	return wrapped && !another && !next.mentions()
}

// isRule reports a line of ten asterisks or more.
func (l line) isRule() bool {
	text := strings.TrimSpace(l.text)
	return len(text) >= 10 && strings.Trim(text, "*") == ""
}

// dropTranscriptHeaders removes the blocks between two lines of asterisks that Start-Transcript writes, and the
// line behind a block that names the file.
func dropTranscriptHeaders(lines []line) ([]line, error) {
	const longest = 40
	if !slices.ContainsFunc(lines, line.isRule) {
		return lines, nil
	}
	kept := lines[:0:0]
	for i := 0; i < len(lines); i++ {
		if !lines[i].isRule() {
			kept = append(kept, lines[i])
			continue
		}
		end := i + 1
		for end < len(lines) && end-i < longest && !lines[end].isRule() {
			if formOf(firstWord(lines[end].text)) != notHealth {
				return nil, syntaxError(lines[end].number, "a health mailbox inside the header of a transcript")
			}
			end++
		}
		if end == len(lines) || end-i == longest {
			return nil, syntaxError(lines[i].number, "the header of a transcript that does not end")
		}
		if i = end; end+1 < len(lines) && !lines[end+1].mentions() && strings.Contains(lines[end+1].text, `\`) {
			if _, ok := commandOf(lines[end+1].text); !ok {
				i++
			}
		}
	}
	return kept, nil
}

func firstWord(s string) string {
	if fields := strings.Fields(s); len(fields) > 0 {
		return fields[0]
	}
	return ""
}
