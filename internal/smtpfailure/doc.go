// Package smtpfailure says what an SMTP deferral, bounce or log line points at.
//
// Input is any text a person has: message trace detail, a non-delivery report, the LastError of a
// queue, connector validation output, a line of a protocol log. It may be hard-wrapped, localized
// around the codes, retyped, quoted, or hold several events.
//
// The question behind every text is the same: is the firewall in front of the on-premises hosts
// behind the Exchange Online Protection (EOP) address list? The answer depends on which side opened
// the connection, on the target, and on the innermost code. The outer wrapper says little: 4.4.101
// and 4.4.317 carry TCP, TLS and certificate failures alike.
//
// A text passes through four stages, each in its own file:
//
//	fold        one spelling of blanks and quotes            (fold.go)
//	read        phrases, codes, markers, endpoints: facts    (phrases.go, codes.go, endpoints.go, facts.go)
//	decide      the first row of the rule table that holds   (rules.go, conditions.go)
//	advise      direction, explanation, ordered remedies     (direction.go, advice.go)
//
// Time is linear in the length of the text and memory is bounded by a small multiple of it.
package smtpfailure
