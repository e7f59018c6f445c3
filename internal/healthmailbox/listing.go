package healthmailbox

import "fmt"

// SyntaxError says where a listing stops making sense. Line counts from 1 in the text as given.
type SyntaxError struct {
	Line   int
	Reason string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Listing is what Read found. It holds at least one row, warning, other mailbox, or a count.
type Listing struct {
	Rows     []Row
	Warnings []Warning
	// Others names the first mailboxes found that are not health mailboxes (at most 100); OtherCount counts all.
	Others     []string
	OtherCount int
	// ArchiveCount counts archives of health mailboxes, which are no mailboxes of their own.
	ArchiveCount int
	// Count is the bare number of (Get-Mailbox -Monitoring).Count; nil when the text holds none.
	Count *int
	// MoreAvailable is set when Exchange said that more results exist than it returned.
	MoreAvailable bool
	// Unlimited is set when a command kept in the text asked for -ResultSize Unlimited.
	Unlimited bool
	// WarningsSaved is set when the text holds any warning, or a command kept in it merged them (3>&1).
	WarningsSaved bool
	// Shapes names the forms recognized, in order of appearance: table, list, csv, json, accounts, names, count.
	Shapes []string
	// Notes are remarks on how the text was read, for people.
	Notes []string
}

// Row is one health mailbox as listed.
type Row struct {
	Line int
	// Name is the mailbox's name as found, maybe cut ("HealthMailbox9a62..."); "" when no name was saved.
	Name string
	// FullName is HealthMailbox and 32 hex digits, from the row or joined from a warning by prefix; "" when unknown.
	FullName    string
	DisplayName string
	// Server is the host name from the listing's server column, else the server the display name watches.
	Server string
	// Database is the mailbox's database, else the one its display name watches (blanks shown as hyphens).
	Database  string
	Corrupted bool
	Reasons   []string
	// DatabaseKnown and ValidKnown say that the Database or IsValid property was saved, be it empty.
	DatabaseKnown, ValidKnown bool

	listedServer string
	place        place
	placed       bool
}

// Warning is one "has been corrupted" message of Exchange.
type Warning struct {
	Line int
	// Object is the path or name in the message; Name its last part.
	Object, Name string
	// HealthMailbox tells a health mailbox from an arbitration or user mailbox with the same message.
	HealthMailbox bool
	Reasons       []string
}

// title is the best name for people: complete, else as found with a plain ellipsis, else the display name.
func (r *Row) title() string {
	switch {
	case r.FullName != "":
		return r.FullName
	case r.Name != "":
		if stem, cut := cutEllipsis(r.Name); cut {
			return stem + "..."
		}
		return r.Name
	}
	return r.DisplayName
}
