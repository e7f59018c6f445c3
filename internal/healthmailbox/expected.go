package healthmailbox

import (
	"fmt"
	"strings"
)

// maxCopies bounds the counts accepted, far above what an organization can have.
const maxCopies = 1_000_000

// countRule is how many health mailboxes the Health Manager keeps.
type countRule struct {
	perCopy, perClientAccess int
	text, source             string
}

var (
	ruleUpToCU5 = countRule{
		1, 1,
		"Exchange 2013 up to CU5: one per mailbox database copy plus one per client access server",
		sourceTeamBlog + "; " + sourceCounts2013,
	}
	ruleFromCU6 = countRule{
		1, 10,
		"Exchange 2013 CU6 and later, 2016, 2019: one per mailbox database copy on a server (active or passive, recovery " +
			"databases not counted) plus ten per client access server",
		sourceTeamBlog + "; " + sourceNames,
	}
)

const noteSE = "Exchange SE: by analogy with 2019, whose code it continues; Microsoft does not state a number for SE"

// rules is the table of section "counts": which rule a version follows.
var rules = map[Version]countRule{
	Version2013CU5OrEarlier: ruleUpToCU5,
	Version2013CU6OrLater:   ruleFromCU6,
	Version2016:             ruleFromCU6,
	Version2019:             ruleFromCU6,
	VersionSE:               ruleFromCU6,
}

// RuleOfThumbNote qualifies the article's figure wherever it is shown.
const RuleOfThumbNote = "Two health mailboxes per database is the rule of thumb of the article \"" +
	ArticleTitle + "\" (" + ArticleURL + "). No Microsoft source supports it: the " +
	"documented number depends on database copies and client access servers. " +
	"It is shown for comparison only and decides nothing here."

// clientAccess applies the default: every mailbox server has client access services from Exchange 2016 on.
func (s *Server) clientAccess() bool { return s.ClientAccess == nil || *s.ClientAccess }

// expected is the number a server should have; ok is false when its copies are not known.
func (s *Server) expected() (n int, ok bool) {
	if s.DatabaseCopies == nil {
		return 0, false
	}
	rule := rules[s.Version]
	n = *s.DatabaseCopies * rule.perCopy
	if s.clientAccess() {
		n += rule.perClientAccess
	}
	return n, true
}

// check reports the first input that cannot be used.
func (in *Input) check() error {
	if in.Listing != nil && in.Inventory != nil {
		return &InputError{"inventory", "give a listing or an inventory, not both"}
	}
	if len(in.Servers) > 0 && in.Totals != nil {
		return &InputError{"totals", "give servers or totals, not both"}
	}
	seen := map[string]bool{}
	for i := range in.Servers {
		s := &in.Servers[i]
		field := func(name string) string { return fmt.Sprintf("servers[%d].%s", i, name) }
		if strings.TrimSpace(s.Name) == "" || hasControl(s.Name) {
			return &InputError{field("name"), "a server needs a name on one line"}
		}
		key := keyOf(shortServer(s.Name))
		if seen[key] {
			return &InputError{field("name"), "the server " + s.Name + " is given twice"}
		}
		seen[key] = true
		if err := checkVersion(field("exchange_version"), s.Version); err != nil {
			return err
		}
		if s.DatabaseCopies != nil && (*s.DatabaseCopies < 0 || *s.DatabaseCopies > maxCopies) {
			return &InputError{field("database_copies"), fmt.Sprintf("must be between 0 and %d", maxCopies)}
		}
		if s.ClientAccess == nil && strings.HasPrefix(string(s.Version), "2013") {
			return &InputError{field("client_access"), "an Exchange 2013 server must say whether it has the client access " +
				"role; only from 2016 on every mailbox server has it"}
		}
	}
	if t := in.Totals; t != nil {
		if err := checkVersion("totals.exchange_version", t.Version); err != nil {
			return err
		}
		if t.DatabaseCopies < 0 || t.DatabaseCopies > maxCopies {
			return &InputError{"totals.database_copies", fmt.Sprintf("must be between 0 and %d", maxCopies)}
		}
		if t.ClientAccessServers < 0 || t.ClientAccessServers > maxCopies {
			return &InputError{"totals.client_access_servers", fmt.Sprintf("must be between 0 and %d", maxCopies)}
		}
	}
	seen = map[string]bool{}
	for i, name := range in.Databases {
		key := keyOf(strings.TrimSpace(name))
		if key == "" || hasControl(name) {
			return &InputError{fmt.Sprintf("databases[%d]", i), "a database needs a name on one line"}
		}
		if seen[key] {
			return &InputError{fmt.Sprintf("databases[%d]", i), "the database " + name + " is given twice; name each once, " +
				"copies are counted by server"}
		}
		seen[key] = true
	}
	return nil
}

func checkVersion(field string, v Version) error {
	if _, ok := rules[v]; ok {
		return nil
	}
	names := make([]string, 0, len(rules))
	for _, known := range Versions() {
		names = append(names, string(known))
	}
	return &InputError{field, "must be one of " + strings.Join(names, ", ")}
}

// expect fills the expected count, its rule and the rule of thumb.
func (r *Report) expect(in *Input) {
	if in.Databases != nil {
		n := 2 * len(in.Databases)
		r.RuleOfThumbCount = &n
	}
	r.RuleOfThumbNote = RuleOfThumbNote
	versions := map[Version]bool{}
	switch {
	case in.Totals != nil:
		rule := rules[in.Totals.Version]
		n := in.Totals.DatabaseCopies*rule.perCopy + in.Totals.ClientAccessServers*rule.perClientAccess
		r.ExpectedCount = &n
		versions[in.Totals.Version] = true
	case len(in.Servers) > 0:
		sum, known := 0, true
		r.ExpectedByServer = map[string]int{}
		for i := range in.Servers {
			s := &in.Servers[i]
			versions[s.Version] = true
			n, ok := s.expected()
			if known = known && ok; ok {
				r.ExpectedByServer[shortServer(s.Name)] = n
				sum += n
			}
		}
		if known {
			r.ExpectedCount = &sum
		}
	default:
		r.ExpectedRule = "Not known: neither the servers with their versions and database copies nor the totals were given"
		return
	}
	r.ExpectedRule = ruleText(versions)
	if r.ExpectedCount == nil {
		r.ExpectedRule = "Not known: database_copies is missing for at least one server. The rule: " + r.ExpectedRule
	}
}

// ruleText names the rules in use, each once, with their sources.
func ruleText(versions map[Version]bool) string {
	var parts []string
	seen := map[int]bool{}
	for _, v := range Versions() {
		if rule := rules[v]; versions[v] && !seen[rule.perClientAccess] {
			seen[rule.perClientAccess] = true
			parts = append(parts, rule.text+" (source: "+rule.source+")")
		}
	}
	if versions[VersionSE] {
		parts = append(parts, noteSE)
	}
	return strings.Join(parts, ". ")
}
