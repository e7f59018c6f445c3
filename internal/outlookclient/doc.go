// Package outlookclient reports the Outlook versions that Exchange logs show,
// and judges each: whether it can connect to Exchange Online, whether it is
// supported there, and whether it works where EWS is off.
//
// It reads from any [io.Reader] and opens no files. Its memory grows with the
// distinct users and versions, not with the logs.
package outlookclient
