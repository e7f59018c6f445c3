package healthmailbox

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// property is what a column or key means; others are not needed.
type property int

const (
	otherProperty property = iota
	nameProperty
	identityProperty
	dnProperty
	aliasProperty
	addressProperty
	accountProperty
	legacyProperty
	displayProperty
	serverProperty
	databaseProperty
	validProperty
	typeProperty
	archiveProperty
	messageProperty
	directoryProperty // of accounts, as Get-ADUser and csvde print them
)

// properties maps the names of Exchange's properties, in lower case without blanks.
var properties = map[string]property{
	"name": nameProperty, "identity": identityProperty, "id": identityProperty, "distinguishedname": dnProperty,
	"alias":             aliasProperty,
	"userprincipalname": addressProperty, "primarysmtpaddress": addressProperty, "windowsemailaddress": addressProperty,
	"samaccountname": accountProperty, "legacyexchangedn": legacyProperty, "displayname": displayProperty,
	"servername": serverProperty, "server": serverProperty, "database": databaseProperty, "databasename": databaseProperty,
	"isvalid": validProperty, "recipienttypedetails": typeProperty, "isarchivemailbox": archiveProperty,
	"message":     messageProperty,
	"objectclass": directoryProperty, "dn": directoryProperty, "sid": directoryProperty, "objectsid": directoryProperty,
}

// The usual spelling is found without another string.
func init() {
	for _, name := range []string{"Name", "DisplayName", "ServerName", "Database", "IsValid", "Alias"} {
		properties[name] = properties[strings.ToLower(name)]
	}
}

func propertyOf(name string) property {
	if p, ok := properties[name]; ok {
		return p
	}
	return properties[strings.ToLower(squeeze(name))]
}

// identifies reports a property that holds one of a mailbox's names.
func (p property) identifies() bool { return p >= nameProperty && p <= displayProperty }

// oneWord reports a property whose value holds no blank in a health mailbox's row.
func (p property) oneWord() bool {
	return p.identifies() && p != identityProperty && p != dnProperty && p != legacyProperty || p == serverProperty ||
		p == validProperty
}

// field is one property of a record with the value as found.
type field struct {
	property property
	key      string
	value    string
}

// record is one row or object of any shape, before it is known to be a health mailbox.
type record struct {
	line   int
	fields []field
}

func (r *record) add(key, value string) {
	r.fields = append(r.fields, field{propertyOf(key), key, strings.TrimSpace(value)})
}

// header names the properties that the record shows.
func (r *record) header() string {
	var b strings.Builder
	for _, f := range r.fields {
		b.WriteString("," + f.key)
	}
	return b.String()
}

// get returns the first value of a property that is not empty; found says that the property was there at all.
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

func (r *record) has(p property) bool {
	_, found := r.get(p)
	return found
}

// name reduces an identifying property to the object's own name.
func (f *field) name() string {
	value := pastedtext.Fold(f.value)
	switch f.property {
	case identityProperty:
		return afterLast(value, "/")
	case dnProperty:
		return commonName(value)
	case addressProperty:
		value, _, _ = strings.Cut(afterLast(value, ":"), "@")
	case accountProperty:
		return afterLast(value, `\`)
	case legacyProperty:
		return afterLast(value, "/cn=")
	}
	return value
}

// damaged are remains of a health mailbox's name: with something before it that is no archive's label, without its
// first letters, or cut without an ellipsis.
var damaged = pastedtext.NewPattern(`(?i)(?:^|[^ ]|[^-] )HealthMailbox|^(?:ealth|alth|lth|th|h)?mailbox[0-9a-f]{7}|` +
	`^(?:ealth|alth|lth|th|h)mailbox-|^Health[A-Za-z]{0,6}?[0-9a-f]{6}|^[0-9a-f]{16,32}(?:\.\.\.|…)?$|` +
	`^(?:Heal|Healt|Health|HealthM|HealthMa|HealthMai|HealthMail|HealthMailb|HealthMailbo|HealthMailbox)$`)

// file counts a record as what it is and returns the row of a health mailbox. A record that may be one, but does
// not show which, is an error.
func (l *Listing) file(r *record) (*Row, error) {
	if text, _ := r.get(messageProperty); text != "" {
		l.addWarnings([]message{{line: r.line, text: text, warning: true}})
		return nil, nil
	}
	if r.has(directoryProperty) && !r.has(serverProperty) && !r.has(databaseProperty) && !r.has(typeProperty) {
		return nil, syntaxError(r.line, "accounts of Active Directory, which need not have a mailbox")
	}
	row, other, problem := r.named()
	health := row.Name != "" || row.DisplayName != ""
	kind, _ := r.get(typeProperty)
	archive, _ := r.get(archiveProperty)
	monitoring := strings.EqualFold(kind, "MonitoringMailbox") // Exchange says so, whatever the name is.
	switch {
	case !slices.ContainsFunc(r.fields, func(f field) bool { return f.value != "" }):
		l.Blank++
		return nil, nil
	case monitoring, health && kind == "" && !strings.EqualFold(archive, "true"):
	case problem != "" && !health, health && kind != "" && len(strings.Fields(kind)) > 1:
		return nil, syntaxError(r.line, "%s", cmp.Or(problem, "two properties on one line"))
	case !health && other == "":
		return nil, syntaxError(r.line, "this mailbox is shown without its name")
	default:
		other = cmp.Or(other, row.title())
		if l.OtherCount++; l.OtherCount == 1 {
			l.FirstOther, l.sameOther = other, true
		}
		l.sameOther = l.sameOther && other == l.FirstOther
		return nil, nil
	}
	if monitoring && row.DisplayName == "" {
		row.DisplayName, _ = r.get(displayProperty)
	}
	if monitoring && row.Name == "" {
		name, _ := r.get(nameProperty)
		row.Name = cmp.Or(name, other)
	}
	if row.Name == "" {
		row.Name = row.DisplayName
	}
	row.complete(r)
	return &row, nil
}

// named reads the names of a record: those of a health mailbox into a row, else the first other name, and what is
// wrong with a name that may be a health mailbox's.
func (r *record) named() (row Row, other, problem string) {
	row.Line = r.line
	for i := range r.fields {
		f := &r.fields[i]
		if !f.property.identifies() || f.value == "" {
			continue
		}
		name := f.name()
		_, cut := cutEllipsis(name)
		switch form := formOf(name); form {
		case displayName:
			row.DisplayName = cmp.Or(row.DisplayName, f.value)
		case fullName, accountName, cutName:
			if row.Name == "" || form == fullName && row.FullName == "" {
				row.Name = name
			}
			if form == fullName {
				row.FullName = name
			}
			if f.property == displayProperty {
				row.DisplayName = name // before 2013 CU6 the display name is the name
			}
		case partName:
			problem = "the name " + name + " has neither 32 hex digits, as a name, nor 7, as an account"
		default:
			path := f.property == identityProperty || f.property == dnProperty || f.property == legacyProperty
			switch {
			case form == unclear, cut && path:
				problem = "the name " + name + " is cut before it tells whether this is a health mailbox"
			case damaged().MatchString(name):
				problem = "the name " + name + " may be a part of a health mailbox's"
			default:
				other = cmp.Or(other, name)
			}
		}
	}
	return row, other, problem
}

// complete fills server, database and the signs of corruption.
func (r *Row) complete(from *record) {
	if server, _ := from.get(serverProperty); server != "" {
		r.listedServer = shortServer(server)
		r.Server = r.listedServer
	}
	database, found := from.get(databaseProperty)
	r.Database, r.DatabaseKnown = afterLast(commonName(database), "/"), found
	if found && database == "" {
		r.Corrupted = true
		r.Reasons = append(r.Reasons, "The Database property is empty.")
	}
	valid, _ := from.get(validProperty)
	r.ValidKnown = valid != ""
	if strings.EqualFold(valid, "false") {
		r.Corrupted = true
		r.Reasons = append(r.Reasons, "The IsValid property is False.")
	}
}
