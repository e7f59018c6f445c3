package healthmailbox

import "strings"

const (
	maxOthers = 100
	// maxUnread is how many lines may precede the first sign of a listing; a transcript is shorter.
	maxUnread = 20_000
)

// field is one property of a record with the value as found.
type field struct {
	property property
	value    string
}

// record is what one mailbox looks like in any shape, before it is known to be a health mailbox.
type record struct {
	line   int
	fields []field
}

func (r *record) add(p property, value string) {
	value = strings.TrimSpace(value)
	if value == "(null)" || value == "$null" || value == "{}" {
		value = ""
	}
	r.fields = append(r.fields, field{p, value})
}

// get returns the first non-empty value of a property; found says that the property was there at all.
func (r *record) get(p property) (value string, found bool) {
	for _, f := range r.fields {
		if f.property == p {
			if found = true; f.value != "" {
				return f.value, true
			}
		}
	}
	return "", found
}

var namesByTrust = [...]property{nameProperty, identityProperty, dnProperty, aliasProperty, addressProperty, accountProperty, legacyProperty, displayProperty}

// names lists the record's names, best first, each reduced to the mailbox's own name.
func (r *record) names() []field {
	out := make([]field, 0, len(r.fields))
	for _, want := range namesByTrust {
		for _, f := range r.fields {
			if f.property != want || f.value == "" {
				continue
			}
			value := f.value
			switch want {
			case identityProperty:
				value = lastComponent(value, "/")
			case dnProperty:
				value = firstRDN(value)
			case addressProperty:
				value = lastComponent(strings.TrimPrefix(lowerPrefix(value, "smtp:"), "smtp:"), "\\")
				value, _, _ = strings.Cut(value, "@")
			case accountProperty:
				value = lastComponent(value, "\\")
			case legacyProperty:
				value = lastComponent(value, "/cn=")
			}
			if value != "" {
				out = append(out, field{want, value})
			}
		}
	}
	return out
}

func lowerPrefix(s, prefix string) string {
	if hasPrefixFold(s, prefix) {
		return prefix + s[len(prefix):]
	}
	return s
}

// collector gathers the rows of a listing; section separates what different commands printed.
type collector struct {
	listing  *Listing
	sections []section
	// noBlockBefore is the index in the current section up to which no key-and-value record starts.
	noBlockBefore int
	unread        *line // the first line nothing could be made of
	unreadCount   int
	blanks        int // records without any value, as warnings piped through Format-List leave
}

type section struct {
	rows []Row
}

func (c *collector) current() *section {
	if len(c.sections) == 0 {
		c.startSection()
	}
	return &c.sections[len(c.sections)-1]
}

func (c *collector) startSection() {
	if n := len(c.sections); n > 0 && len(c.sections[n-1].rows) == 0 {
		return
	}
	c.sections = append(c.sections, section{})
}

func (c *collector) shape(name string) {
	for _, known := range c.listing.Shapes {
		if known == name {
			return
		}
	}
	c.listing.Shapes = append(c.listing.Shapes, name)
}

// add files a record under health mailboxes, archives, other mailboxes or nothing; it reports whether it was any.
func (c *collector) add(r record) bool {
	if message, _ := r.get(messageProperty); message != "" {
		c.message(message, r.line)
		return true
	}
	names := r.names()
	if archive, _ := r.get(archiveProperty); strings.EqualFold(archive, "true") {
		c.listing.ArchiveCount++
		return true
	}
	row := Row{Line: r.line}
	health, archive := false, false
	for _, name := range names {
		if name.property == dnProperty && formOf(name.value) == notHealth {
			// An object below or beside a health mailbox is not one, whatever its other attributes say.
			health = false
			break
		}
		switch formOf(name.value) {
		case notHealth:
			archive = archive || isArchive(name.value)
			continue
		case displayName:
			if row.DisplayName == "" {
				row.DisplayName = name.value
			}
		default:
			if row.Name == "" {
				row.Name = name.value
			}
			if full, ok := fullCommonName(name.value); ok && row.FullName == "" {
				row.FullName = full
			}
			if name.property == displayProperty && row.DisplayName == "" {
				row.DisplayName = name.value // before 2013 CU6 the display name is the common name
			}
		}
		health = true
	}
	if archive {
		c.listing.ArchiveCount++
		return true
	}
	details, typed := r.get(typeProperty)
	monitoring := strings.EqualFold(details, "MonitoringMailbox") || details == "549755813888"
	switch {
	case health || monitoring:
	case len(names) > 0:
		c.other(names[0].value)
		return true
	case typed && details != "" || !c.describesMailbox(&r):
		c.blanks++
		return false
	}
	if row.Name == "" {
		row.Name = row.DisplayName
		if row.Name == "" && len(names) > 0 {
			row.Name = names[0].value
		}
	}
	c.complete(&row, &r)
	s := c.current()
	s.rows = append(s.rows, row)
	return true
}

// describesMailbox accepts a record without any name when it holds a value only mailboxes have.
func (c *collector) describesMailbox(r *record) bool {
	for _, f := range r.fields {
		if f.value != "" && f.property != unknownProperty && f.property != countProperty {
			return true
		}
	}
	return false
}

// complete fills server, database and the corruption evidence of a row.
func (c *collector) complete(row *Row, r *record) {
	if server, _ := r.get(serverProperty); server != "" {
		row.listedServer = shortServer(server)
		row.Server = row.listedServer
	}
	database, found := r.get(databaseProperty)
	if hasPrefixFold(database, "CN=") {
		database = firstRDN(database)
	}
	row.Database, row.DatabaseKnown = database, found
	if found && database == "" {
		row.Corrupted = true
		row.Reasons = append(row.Reasons, "The Database property is empty.")
	}
	if valid, ok := r.get(validProperty); ok && valid != "" {
		row.ValidKnown = true
		if strings.EqualFold(valid, "false") {
			row.Corrupted = true
			row.Reasons = append(row.Reasons, "The IsValid property is False.")
		}
	}
	if corrupted, ok := r.get(corruptedProperty); ok && corrupted != "" {
		row.ValidKnown = true
		if strings.EqualFold(corrupted, "true") {
			row.Corrupted = true
			row.Reasons = append(row.Reasons, "The listing marks it as corrupted.")
		}
	}
}

// other counts a mailbox that is not a health mailbox.
func (c *collector) other(name string) {
	c.listing.OtherCount++
	if len(c.listing.Others) < maxOthers {
		c.listing.Others = append(c.listing.Others, name)
	}
}

// message reads the text of a warning record saved as an object.
func (c *collector) message(text string, number int) {
	if w, ok := corruptionWarning(text, number); ok {
		c.listing.WarningsSaved = true
		c.listing.Warnings = append(c.listing.Warnings, w)
		return
	}
	if saysCut(text) {
		c.listing.WarningsSaved, c.listing.MoreAvailable = true, true
		return
	}
	if n := len(c.listing.Warnings); n > 0 {
		addReason(&c.listing.Warnings[n-1], text)
	}
}

// skip remembers the first line nothing could be made of.
func (c *collector) skip(l line) {
	c.unreadCount++
	if c.unread == nil {
		c.unread = &l
	}
}
