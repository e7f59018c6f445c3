// Package smtpfailure says what an SMTP deferral, bounce or log line points at.
//
// The question behind every text is the same: is the firewall in front of the on-premises hosts behind the
// Exchange Online Protection (EOP) address list? Only what a server said and what a socket did answers it. Subjects,
// sender names, column names and prose are context at most. The outer wrapper says little: 4.4.101 and 4.4.317 carry
// TCP, TLS and certificate failures alike.
//
// A text passes through these stages, each in its own file:
//
//	units       the text cut into deliveries: MIME parts, rows, objects, log lines   (container.go)
//	context     without subjects, headers and line breaks inside words               (context.go)
//	statements  what servers and sockets said in one of them, innermost last         (statement.go)
//	rules       the class of a statement, from the table rules.txt                   (rules.go)
//	endpoints   who connected to whom                                                (endpoint.go, direction.go)
//	firewall    the log lines of firewalls, which have no statement                  (firewall.go)
//	advice      explanation and steps, from advice.md                                (advice.go)
//
// Phrases of every stage are found by one kind of index (lexicon.go). Time is linear in the length of the text.
package smtpfailure
