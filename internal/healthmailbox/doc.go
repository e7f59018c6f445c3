// Package healthmailbox reads what administrators save from Get-Mailbox -Monitoring, compares it with the
// number of health (monitoring) mailboxes an Exchange organization should have, and says what to do about
// corrupted, surplus and missing ones. It also tells whether an ASP.NET event 1309/3005 is the
// health-mailbox case.
//
// Nothing here contacts Exchange or Active Directory: every command in a report is text for a person to
// read, judge and run. The package performs no I/O and reads no clock; the same input gives the same report.
package healthmailbox
