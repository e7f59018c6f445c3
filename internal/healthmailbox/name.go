package healthmailbox

import "strings"

const (
	namePrefix = "HealthMailbox"
	guidDigits = 32 // hex digits after the prefix in the common name
	// maxDisplayName is Active Directory's limit for displayName, in characters; longer ones are not taken apart.
	maxDisplayName = 256
	// shortestStem is how much of "HealthMailbox" a truncated cell must show to be taken for one.
	shortestStem = len("Health")
)

// nameForm says which of the names of a health mailbox a text is.
type nameForm int

const (
	notHealth   nameForm = iota
	commonName           // HealthMailbox + hex digits, maybe cut
	displayName          // HealthMailbox-<server>-<database or number>, maybe cut
	stemOnly             // cut before anything tells mailboxes apart
)

// cutEllipsis removes the mark Format-Table leaves where it cut a value.
func cutEllipsis(s string) (stem string, cut bool) {
	if t, ok := strings.CutSuffix(s, "…"); ok {
		return strings.TrimSpace(t), true
	}
	if t, ok := strings.CutSuffix(s, "..."); ok {
		return strings.TrimSpace(t), true
	}
	return s, false
}

// formOf classifies one value. Anything that only mentions a health mailbox (an archive, a path) is notHealth.
func formOf(value string) nameForm {
	stem, cut := cutEllipsis(value)
	if !hasPrefixFold(stem, namePrefix) {
		if cut && len(stem) >= shortestStem && hasPrefixFold(namePrefix, stem) {
			return stemOnly
		}
		return notHealth
	}
	rest := stem[len(namePrefix):]
	switch {
	case rest == "":
		if cut {
			return stemOnly
		}
		return notHealth
	case rest[0] == '-':
		if len(rest) == 1 && !cut || len(stem) > maxDisplayName || strings.ContainsAny(rest, "\"'/\\<>|\t") {
			return notHealth
		}
		return displayName
	case len(rest) <= guidDigits && allHex(rest):
		return commonName
	}
	return notHealth
}

// fullCommonName returns value when it is a complete common name (HealthMailbox and 32 hex digits).
func fullCommonName(value string) (string, bool) {
	if len(value) == len(namePrefix)+guidDigits && formOf(value) == commonName {
		return value, true
	}
	return "", false
}

// isArchive recognizes the archive of a health mailbox: "<archive label> - HealthMailbox...", in any language,
// also where the name was cut.
func isArchive(value string) bool {
	lower := lowerASCII(value)
	if strings.Contains(lower, " - healthmailbox") {
		return true
	}
	stem, cut := cutEllipsis(lower)
	at := strings.LastIndex(stem, " - ")
	return cut && at > 0 && len(stem)-at > 4 && hasPrefixFold(namePrefix, stem[at+3:])
}

func allHex(s string) bool {
	for i := range len(s) {
		if !isHex(s[i]) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// firstRDN is the value of the first part of a distinguished name: "CN=DB01,CN=Databases" gives "DB01".
func firstRDN(dn string) string {
	dn = strings.TrimPrefix(dn, "LDAP://")
	_, value, ok := strings.Cut(dn, "=")
	if !ok {
		return ""
	}
	for i := range len(value) {
		if value[i] == ',' && (i == 0 || value[i-1] != '\\') {
			return strings.TrimSpace(strings.ReplaceAll(value[:i], `\,`, ","))
		}
	}
	return strings.TrimSpace(value)
}

// lastComponent is what follows the last separator: an object's name in a canonical path or legacy name.
func lastComponent(s string, separator string) string {
	if i := strings.LastIndex(lowerASCII(s), separator); i >= 0 {
		return strings.TrimSpace(s[i+len(separator):])
	}
	return s
}

// shortServer reduces a fully qualified name, a distinguished name or a legacy name to the server's name.
func shortServer(s string) string {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "/"):
		return lastComponent(s, "/cn=")
	case hasPrefixFold(s, "cn="):
		return firstRDN(s)
	case strings.Contains(s, "/"):
		return lastComponent(s, "/")
	}
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

// frontEnd reports the three-digit number of a front-end mailbox.
func (p place) frontEnd() bool { return isFrontEndNumber(p.slot) && !p.cut }

func isFrontEndNumber(slot string) bool {
	return len(slot) == 3 && '0' <= slot[0] && slot[0] <= '9' && '0' <= slot[1] && slot[1] <= '9' && '0' <= slot[2] && slot[2] <= '9'
}

// placeOf takes a display name apart. Both server and database names may hold hyphens, so the longest known
// server wins; servers maps lower-case names to their spelling. Without a known server, a three-digit ending
// or a single hyphen still tells.
func placeOf(display string, servers map[string]string) (place, bool) {
	if formOf(display) != displayName {
		return place{}, false
	}
	stem, cut := cutEllipsis(display)
	rest := stem[len(namePrefix)+1:]
	lower := lowerASCII(rest)
	for i := len(lower) - 1; i > 0; i-- {
		if lower[i] != '-' {
			continue
		}
		if name, ok := servers[lower[:i]]; ok {
			return place{name, rest[i+1:], cut}, true
		}
	}
	if cut {
		return place{}, false
	}
	last := strings.LastIndexByte(rest, '-')
	if last <= 0 {
		return place{}, false
	}
	if isFrontEndNumber(rest[last+1:]) || strings.Count(rest, "-") == 1 && last < len(rest)-1 {
		return place{rest[:last], rest[last+1:], false}, true
	}
	return place{}, false
}
