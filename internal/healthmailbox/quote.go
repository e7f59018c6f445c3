package healthmailbox

import (
	"strings"
	"unicode"
)

// quote makes a PowerShell string literal. PowerShell ends one at any of five apostrophes, so each is doubled.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\'', '\u2018', '\u2019', '\u201a', '\u201b':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// quoteAll joins literals to a PowerShell list.
func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ",")
}

// isSafeName accepts only names that are harmless inside a literal, an LDAP filter and a log line alike: names
// come from a file, and a command built from one must do nothing else.
func isSafeName(s string) bool {
	if s == "" || len(s) > maxDisplayName || strings.TrimSpace(s) != s {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' && r != '.' && r != ' ' {
			return false
		}
	}
	return !strings.HasSuffix(s, "...")
}

// isSafeSystemName also accepts the braces of SystemMailbox{...}.
func isSafeSystemName(s string) bool {
	return isSafeName(strings.NewReplacer("{", "", "}", "").Replace(s))
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
