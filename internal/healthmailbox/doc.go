// Package healthmailbox reads what PowerShell prints of an organization's health (monitoring) mailboxes, compares
// them with the number that Exchange should have, and says what to do about corrupted, surplus and missing ones.
//
// [Read] turns a text into a [Listing] and refuses what it does not understand, so that a count is never a guess.
// [Assess] turns a listing, or mailboxes given as data, into a [Report].
//
// Nothing here contacts Exchange or Active Directory: every command in a report is text for a person to
// read, judge and run. The package performs no I/O and reads no clock; the same input gives the same report.
package healthmailbox
