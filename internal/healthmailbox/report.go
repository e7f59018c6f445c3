package healthmailbox

import "fmt"

// Version is an Exchange version as far as the number of health mailboxes depends on it.
type Version string

// The versions the count rules tell apart.
const (
	Version2013CU5OrEarlier Version = "2013_cu5_or_earlier"
	Version2013CU6OrLater   Version = "2013_cu6_or_later"
	Version2016             Version = "2016"
	Version2019             Version = "2019"
	VersionSE               Version = "se"
)

// Versions lists the accepted versions, oldest first.
func Versions() []Version {
	return []Version{Version2013CU5OrEarlier, Version2013CU6OrLater, Version2016, Version2019, VersionSE}
}

// Input is what Assess works from. Every part is optional, but a listing excludes an inventory and servers
// exclude totals.
type Input struct {
	Listing *Listing
	// Inventory is a typed listing; nil when not given, empty when there are no mailboxes.
	Inventory []InventoryItem
	Servers   []Server
	Totals    *Totals
	// Databases names the organization's mailbox databases (each once, however many copies).
	Databases []string
}

// InventoryItem is one health mailbox given as data. Database "" means the property is empty, nil that it was
// not saved; IsValid and Corrupted nil mean not saved.
type InventoryItem struct {
	Name, DisplayName, Server string
	Database                  *string
	IsValid, Corrupted        *bool
}

// Server is one Exchange server. DatabaseCopies counts the active and passive copies it holds, without
// recovery databases; nil when not known. ClientAccess nil means true from Exchange 2016 on; a 2013 server
// must say it.
type Server struct {
	Name           string
	Version        Version
	DatabaseCopies *int
	ClientAccess   *bool
}

// Totals stands for the servers when all run one version: database copies (active and passive) and client
// access servers in the organization.
type Totals struct {
	Version             Version
	DatabaseCopies      int
	ClientAccessServers int
}

// InputError names the input that cannot be used, such as "servers[0].client_access".
type InputError struct {
	Field, Reason string
}

func (e *InputError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Reason) }

// Report is the assessment. Nothing was or will be executed against Exchange: commands are text for a person.
// Pointers are nil where the evidence does not tell.
type Report struct {
	// ExpectedCount is how many health mailboxes the organization should have by the documented rule.
	ExpectedCount *int
	// ExpectedRule says which rule gave ExpectedCount, with its source, or why there is none.
	ExpectedRule string
	// ExpectedByServer splits ExpectedCount by server watched; nil without servers.
	ExpectedByServer map[string]int
	// RuleOfThumbCount is the two per database of the article [ArticleTitle]; nil when the databases are not given.
	RuleOfThumbCount *int
	// RuleOfThumbNote says what RuleOfThumbCount is worth.
	RuleOfThumbNote string
	// ObservedCount is how many health mailboxes the listing shows; nil without one.
	ObservedCount *int
	// ByServer counts the mailboxes per server of the listing; mailboxes without a known server are left out.
	ByServer  map[string]int
	Mailboxes []Mailbox
	// Corrupted names the corrupted health mailboxes, sorted; CorruptedKnown is false when the listing
	// could not have shown any, so that an empty list means nothing.
	Corrupted      []string
	CorruptedKnown bool
	// SurplusCount and MissingCount compare with ExpectedCount; MissingCount is nil when the listing was cut.
	SurplusCount, MissingCount *int
	// Surplus and Missing are display names where these tell which mailboxes, sorted; else empty.
	Surplus, Missing []string
	Findings         []Finding
	// Healthy is nil when evidence is missing, and true only when counts match and no mailbox is corrupted.
	Healthy *bool
	// NeedsAction is true when a problem was found; a lack of evidence alone does not set it.
	NeedsAction     bool
	Recommendations []Step
	// Notes are remarks on how the input was read.
	Notes []string
}

// Mailbox is one health mailbox of the report. Name is complete when the listing or a warning had it, else
// ends in "..."; Server and Database are "" when not known.
type Mailbox struct {
	Name, DisplayName, Server, Database string
	Corrupted                           bool
	Reasons                             []string
}

// Severity of a finding.
type Severity string

// Errors break monitoring, warnings need a decision, infos only explain.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
	SeverityInfo    Severity = "info"
)

// Finding is one result of the assessment. ID is stable and meant for programs; Subject is what it is about.
type Finding struct {
	ID        string
	Severity  Severity
	Subject   string
	Detail    string
	Reference string
}

// Step is one recommended action. Order counts from 1. Procedure groups steps that belong together: do the
// steps of "rebuild" or those of "rebuild_article_order", never both.
type Step struct {
	Order     int
	Procedure string
	Title     string
	// Command is text for the Exchange Management Shell or a shell with the Active Directory module.
	Command string
	Scope   string
	Caution string
	Reason  string
}

// The article that described corrupted health mailboxes first (EXPTA blog, 2014).
const (
	ArticleTitle = "Fix for ASP.NET 4.0.30319.0 - 3005"
	ArticleURL   = "https://blog.expta.com/2014/"
)
