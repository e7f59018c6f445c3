package healthmailbox

import (
	"strconv"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

const (
	namePrefix = "HealthMailbox"
	// maxDisplayName is Active Directory's limit for displayName, in characters.
	maxDisplayName = 256
)

// nameForm says which of the names of a health mailbox a text is.
type nameForm int

const (
	notHealth   nameForm = iota
	fullName             // HealthMailbox and 32 hex digits: its name, alias and, before 2013 CU6, display name
	accountName          // HealthMailbox and 7 hex digits: its sAMAccountName
	cutName              // either of them, cut by Format-Table: HealthMailbox9a62...
	partName             // HealthMailbox and other numbers of hex digits: wrapped, if it is a name at all
	displayName          // HealthMailbox-<server>-<database or number>, maybe cut
	unclear              // cut so early that it need not be a health mailbox: Health...
)

// cutEllipsis removes the mark that Format-Table leaves where it cut a value.
func cutEllipsis(s string) (stem string, cut bool) {
	for _, mark := range []string{"…", "..."} {
		if t, ok := strings.CutSuffix(s, mark); ok {
			return strings.TrimSpace(t), true
		}
	}
	return s, false
}

// formOf classifies one folded value. What only mentions a health mailbox (an archive, a path) is notHealth.
func formOf(value string) nameForm {
	stem, cut := cutEllipsis(value)
	if len(stem) < len(namePrefix) || !strings.EqualFold(stem[:len(namePrefix)], namePrefix) {
		if cut && len(stem) < len(namePrefix) && strings.EqualFold(stem, namePrefix[:len(stem)]) {
			return unclear
		}
		return notHealth
	}
	rest := stem[len(namePrefix):]
	if strings.HasPrefix(rest, "-") {
		if rest == "-" && !cut || len(stem) > 4*maxDisplayName || strings.ContainsAny(rest, " \t") ||
			strings.Contains(strings.ToLower(rest), "healthmailbox") {
			return notHealth
		}
		return displayName
	}
	hex := strings.IndexFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'f') && (r < 'A' || r > 'F')
	}) < 0
	switch n := len(rest); {
	case !hex || n > 32:
		return notHealth
	case cut:
		return cutName
	case n == 32:
		return fullName
	case n == 7:
		return accountName
	}
	return partName
}

// oneLine folds runs of blanks and line ends into single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// keyOf is what spellings of one name have in common.
func keyOf(name string) string { return strings.ToLower(pastedtext.Fold(name)) }

// afterLast is what follows the last separator, without regard to case.
func afterLast(s, separator string) string {
	if i := strings.LastIndex(strings.ToLower(s), separator); i >= 0 && len(strings.ToLower(s)) == len(s) {
		return strings.TrimSpace(s[i+len(separator):])
	}
	return s
}

var firstRDN = pastedtext.NewPattern(`(?i)^(?:LDAP://)?CN=((?:[^,\\]|\\.)*)`)

// commonName is the first part of a distinguished name: "CN=DB01,CN=Databases" gives "DB01".
func commonName(dn string) string {
	if m := firstRDN().FindStringSubmatch(dn); m != nil {
		return strings.TrimSpace(strings.ReplaceAll(m[1], `\`, ""))
	}
	return dn
}

// shortServer reduces a fully qualified name, a distinguished name or a legacy name to the server's name.
func shortServer(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "/") {
		return afterLast(s, "/cn=")
	}
	s = afterLast(commonName(s), "/")
	if _, cut := cutEllipsis(s); cut {
		return s
	}
	host, _, _ := strings.Cut(s, ".")
	return host
}

// hyphenated is a database's name as the display name of its health mailbox shows it.
func hyphenated(database string) string { return strings.ReplaceAll(database, " ", "-") }

// place is what a display name says: the server watched and either a front-end number (001 to 010) or a database.
type place struct {
	server string
	slot   string // the part after the server, as found; "" when it was cut
	cut    bool
}

func threeDigits(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return len(s) == 3 && err == nil
}

// frontEnd reports the three-digit number of a front-end mailbox.
func (p place) frontEnd() bool { return threeDigits(p.slot) && !p.cut }

// placeOf takes a display name apart. Both server and database names may hold hyphens, so the longest known
// server wins; servers maps keys to spellings. Without a known server, a three-digit ending or a single
// hyphen still tells.
func placeOf(display string, servers map[string]string) (place, bool) {
	if formOf(pastedtext.Fold(display)) != displayName {
		return place{}, false
	}
	stem, cut := cutEllipsis(display)
	if len(stem) <= len(namePrefix) {
		return place{}, false
	}
	_, rest, _ := strings.Cut(stem, "-")
	for i := len(rest) - 1; i > 0; i-- {
		if rest[i] != '-' {
			continue
		}
		if name, ok := servers[keyOf(rest[:i])]; ok {
			return place{name, rest[i+1:], cut}, true
		}
	}
	last := strings.LastIndexByte(rest, '-')
	if cut || last <= 0 {
		return place{}, false
	}
	if threeDigits(rest[last+1:]) || strings.Count(rest, "-") == 1 && last < len(rest)-1 {
		return place{rest[:last], rest[last+1:], false}, true
	}
	return place{}, false
}
