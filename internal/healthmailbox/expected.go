package healthmailbox

import (
	"fmt"
	"slices"
	"strings"
)

// maxCopies bounds the counts accepted, far above what an organization can have.
const maxCopies = 1_000_000

// countRule is how many health mailboxes the Health Manager keeps; text names what the advice says of it.
type countRule struct {
	perCopy, perClientAccess int
	text                     string
}

var (
	ruleUpToCU5 = countRule{1, 1, "{rule_up_to_cu5}"}
	ruleFromCU6 = countRule{1, 10, "{rule_from_cu6}"}
)

// rules is the table of section "counts": which rule a version follows.
var rules = map[Version]countRule{
	Version2013CU5OrEarlier: ruleUpToCU5,
	Version2013CU6OrLater:   ruleFromCU6,
	Version2016:             ruleFromCU6,
	Version2019:             ruleFromCU6,
	VersionSE:               ruleFromCU6,
}

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
		at := fmt.Sprintf("servers[%d].", i)
		key := keyOf(shortServer(s.Name))
		switch {
		case strings.TrimSpace(s.Name) == "" || hasControl(s.Name):
			return &InputError{at + "name", "a server needs a name on one line"}
		case seen[key]:
			return &InputError{at + "name", "the server " + s.Name + " is given twice"}
		}
		seen[key] = true
		if err := checkVersion(at, s.Version); err != nil {
			return err
		}
		if s.DatabaseCopies != nil {
			if err := checkCount(at+"database_copies", *s.DatabaseCopies); err != nil {
				return err
			}
		}
		if s.ClientAccess == nil && strings.HasPrefix(string(s.Version), "2013") {
			return &InputError{at + "client_access", "an Exchange 2013 server must say whether it has the client access " +
				"role; only from 2016 on every mailbox server has it"}
		}
	}
	if t := in.Totals; t != nil {
		for _, err := range []error{
			checkVersion("totals.", t.Version), checkCount("totals.database_copies", t.DatabaseCopies),
			checkCount("totals.client_access_servers", t.ClientAccessServers),
		} {
			if err != nil {
				return err
			}
		}
	}
	seen = map[string]bool{}
	for i, name := range in.Databases {
		key := keyOf(strings.TrimSpace(name))
		switch at := fmt.Sprintf("databases[%d]", i); {
		case key == "" || hasControl(name):
			return &InputError{at, "a database needs a name on one line"}
		case seen[key]:
			return &InputError{at, "the database " + name + " is given twice; name each once, copies are counted by server"}
		}
		seen[key] = true
	}
	return nil
}

func checkVersion(at string, v Version) error {
	if _, ok := rules[v]; ok {
		return nil
	}
	names := make([]string, len(Versions()))
	for i, known := range Versions() {
		names[i] = string(known)
	}
	return &InputError{at + "exchange_version", "must be one of " + strings.Join(names, ", ")}
}

func checkCount(field string, n int) error {
	if n < 0 || n > maxCopies {
		return &InputError{field, fmt.Sprintf("must be between 0 and %d", maxCopies)}
	}
	return nil
}

// expect fills the expected count, its rule and the rule of thumb.
func (r *Report) expect(in *Input) {
	if in.Databases != nil {
		n := 2 * len(in.Databases)
		r.RuleOfThumbCount = &n
	}
	r.RuleOfThumbNote = fill("{rule_of_thumb}")
	if t := in.Totals; t != nil {
		rule := rules[t.Version]
		n := t.DatabaseCopies*rule.perCopy + t.ClientAccessServers*rule.perClientAccess
		r.ExpectedCount, r.ExpectedRule = &n, ruleText([]Version{t.Version})
		return
	}
	if len(in.Servers) == 0 {
		r.ExpectedRule = fill("{no_servers}")
		return
	}
	sum := 0
	r.ExpectedByServer = map[string]int{}
	versions := make([]Version, len(in.Servers))
	for i := range in.Servers {
		s := &in.Servers[i]
		versions[i] = s.Version
		if n, ok := s.expected(); ok {
			r.ExpectedByServer[shortServer(s.Name)] = n
			sum += n
		}
	}
	r.ExpectedRule = ruleText(versions)
	if len(r.ExpectedByServer) == len(in.Servers) {
		r.ExpectedCount = &sum
	} else {
		r.ExpectedRule = fill("{no_copies}") + r.ExpectedRule
	}
}

// ruleText names the rules in use, each once, with their sources.
func ruleText(versions []Version) string {
	var parts []string
	for _, v := range Versions() {
		if slices.Contains(versions, v) {
			parts = append(parts, fill(rules[v].text))
		}
	}
	if slices.Contains(versions, VersionSE) {
		parts = append(parts, fill("{rule_se}"))
	}
	return strings.Join(slices.Compact(parts), ". ")
}
