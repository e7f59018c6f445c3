package smtpfailure

// directionHint is a row of the table that tells which side was the client from the text itself.
type directionHint struct {
	id        string
	when      condition
	direction Direction
}

// exchangeOnlineClient holds for what only Exchange Online writes when it is the client.
var exchangeOnlineClient = either(
	says("LastAttemptedServerName", "LastAttemptedIP", "LastAttemptedServerIP", "OutboundProxyTarget", "SmtpSecurity="),
	enhanced("x.4.310-312", "x.4.315-318", "x.4.101", "5.4.300"),
)

// directionHints are tried in order; the rule's own opinion comes where none holds. The target goes
// first: a name or a wrapper can be shared by both sides, an address can't.
var directionHints = []directionHint{
	{"submission-endpoint", where(func(f *facts) bool { return isSubmissionDoor(f.target.Host) || f.target.Port == 587 }), ClientSubmission},
	{"listed-target", where(func(f *facts) bool { return f.listed(f.target.Address) }), OnPremToEOP},
	{"eop-host", where(func(f *facts) bool { return isEOPDoor(f.target.Host) }), OnPremToEOP},
	{"private-target", where(func(f *facts) bool { return isPrivate(f.target.Address) || internalPorts[f.target.Port] }), WithinOrg},
	{"listed-client", where(listedClient), EOPToOnPrem},
	{"hybrid-send-connector", says("outbound to office 365", "outbound to microsoft 365"), OnPremToEOP},
	{"hybrid-receive-connector", says("inbound from office 365", "inbound from microsoft 365"), EOPToOnPrem},
	{"exchange-online", exchangeOnlineClient, EOPToOnPrem},
	// PRX is the Front End's word for a server behind it that it could not hand the message to.
	{"front-end-proxy", marked(proxyMarker), WithinOrg},
	{"attributed", marked(attrMarker), OnPremToEOP},
	{"submission-host", says("smtp.office365.com", "SmtpClientAuthentication"), ClientSubmission},
	{"foreign-target", where(foreignTarget), OnPremOutbound},
}

// listedClient holds for a receive log in which an EOP address connected.
func listedClient(f *facts) bool {
	for _, e := range f.endpoints {
		if e.client && f.listed(e.address) {
			return true
		}
	}
	return false
}

// foreignTarget holds when the target is public and known to be outside the EOP list.
func foreignTarget(f *facts) bool {
	a := f.target.Address
	return f.inList != nil && a.IsValid() && !isPrivate(a) && !f.inList(a)
}

// direction says which side opened the connection.
func (f *facts) direction(r rule) Direction {
	// Named by the failure itself: nobody else speaks like this.
	switch {
	case r.class == DANEMTASTS, r.class == VersionEnforcement, r.who == ClientSubmission, r.class == Internal:
		return r.who
	}
	for _, h := range directionHints {
		if _, ok := h.when.match(f); !ok {
			continue
		}
		if r.answered {
			switch h.id {
			case "exchange-online":
				// Exchange Online quotes the refusal of the server it delivers to.
				if r.class == Attribution || r.class == RoutingLoop || r.class == Service {
					return EOPToOnPrem
				}
				return EOPOutbound
			case "foreign-target", "private-target":
				if r.who != "" {
					return r.who
				}
			}
		}
		return h.direction
	}
	if r.who != "" {
		return r.who
	}
	return DirectionUnknown
}
