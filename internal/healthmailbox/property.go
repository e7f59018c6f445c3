package healthmailbox

import "strings"

// property is what a column, key or attribute means, whatever it is called in a shape.
type property int

const (
	unknownProperty property = iota
	otherProperty            // known to belong to a mailbox or account, not needed
	nameProperty
	displayProperty
	aliasProperty
	identityProperty
	dnProperty
	addressProperty
	accountProperty
	legacyProperty
	serverProperty
	databaseProperty
	validProperty
	corruptedProperty
	typeProperty
	archiveProperty
	countProperty
	messageProperty
)

// properties maps names (lower case, without blanks, hyphens and underscores) of Exchange properties,
// directory attributes and account dumps.
var properties = map[string]property{
	"name": nameProperty, "cn": nameProperty, "commonname": nameProperty, "mailbox": nameProperty,
	"displayname": displayProperty,
	"alias":       aliasProperty, "mailnickname": aliasProperty,
	"identity": identityProperty, "id": identityProperty, "canonicalname": identityProperty,
	"distinguishedname": dnProperty, "dn": dnProperty,
	"userprincipalname": addressProperty, "upn": addressProperty, "primarysmtpaddress": addressProperty, "mail": addressProperty,
	"windowsemailaddress": addressProperty, "windowsliveid": addressProperty, "email": addressProperty,
	"samaccountname": accountProperty, "account": accountProperty, "accountname": accountProperty, "user": accountProperty,
	"username":         accountProperty,
	"legacyexchangedn": legacyProperty, "legacydn": legacyProperty,
	"servername": serverProperty, "server": serverProperty, "msexchhomeservername": serverProperty, "homeserver": serverProperty,
	"database": databaseProperty, "homemdb": databaseProperty, "databasename": databaseProperty, "mailboxdatabase": databaseProperty,
	"isvalid": validProperty, "corrupted": corruptedProperty,
	"recipienttypedetails": typeProperty, "msexchrecipienttypedetails": typeProperty,
	"isarchivemailbox": archiveProperty, "isarchive": archiveProperty,
	"count": countProperty, "message": messageProperty,
}

func init() {
	for _, name := range []string{
		"adminDisplayVersion", "archiveDatabase", "archiveGuid", "archiveName", "archiveStatus", "emailAddresses", "exchangeGuid",
		"exchangeVersion", "guid", "hiddenFromAddressListsEnabled", "issueWarningQuota", "itemCount", "lastLogonTime",
		"lastLoggedOnUserAccount", "lastLogoffTime", "mailboxGuid", "mailboxTypeDetail", "objectCategory", "objectClass", "objectGuid",
		"organizationalUnit", "prohibitSendQuota", "prohibitSendReceiveQuota", "recipientType", "rid", "acb", "desc", "description",
		"storageLimitStatus", "totalItemSize", "totalDeletedItemSize", "useDatabaseQuotaDefaults", "userAccountControl",
		"whenChanged", "whenCreated", "whenMailboxCreated", "pwdLastSet", "lastLogon", "passwordLastSet", "enabled", "sid", "objectSid",
		"memberOf", "index", "average", "sum", "maximum", "minimum", "property", "group",
	} {
		properties[lowerASCII(name)] = otherProperty
	}
}

var separators = strings.NewReplacer(" ", "", "-", "", "_", "")

// propertyOf looks a column or key name up.
func propertyOf(name string) property {
	if len(name) > 64 {
		return unknownProperty
	}
	key := lowerASCII(name)
	if strings.ContainsAny(key, " -_") {
		key = separators.Replace(key)
	}
	return properties[key]
}

// identifies reports a property that can hold one of a mailbox's names.
func (p property) identifies() bool { return p >= nameProperty && p <= legacyProperty }

// singleToken reports a property whose values hold no blanks in a health mailbox's row.
func (p property) singleToken() bool {
	switch p {
	case nameProperty, displayProperty, aliasProperty, addressProperty, accountProperty, serverProperty, validProperty, countProperty, archiveProperty:
		return true
	}
	return false
}

// cutProperty splits "Key : value", "key: value", "key:: value" and "key = value"; quotes around the key are dropped.
func cutProperty(s string) (key, value string, ok bool) {
	s = strings.TrimSpace(s)
	at := strings.IndexAny(s, ":=")
	if at <= 0 || at > 64 {
		return "", "", false
	}
	key = strings.Trim(strings.TrimSpace(s[:at]), `"'`)
	if key == "" || !isKey(key) {
		return "", "", false
	}
	value = s[at+1:]
	if s[at] == ':' && strings.HasPrefix(value, "\\") {
		return "", "", false // a drive, not a key
	}
	return key, strings.TrimSpace(value), true
}

func isKey(s string) bool {
	if !isWordByte(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isWordByte(s[i]) && s[i] != ' ' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return strings.Count(s, " ") <= 4
}

// isCommand recognizes a command line kept in a console copy, with or without its prompt.
func isCommand(s string) bool {
	_, ok := commandOf(s)
	return ok
}

var commandVerbs = []string{"get-", "set-", "select-", "format-", "export-", "convertto-", "import-", "add-", "start-", "stop-", "out-", "where-", "foreach-", "disable-", "remove-", "enter-", "connect-", "invoke-"}

// commandOf returns the command of a prompt line ("[PS] C:\>Get-Mailbox ..."), "" for a prompt alone.
func commandOf(s string) (string, bool) {
	s = strings.TrimSpace(s)
	if hasPrefixFold(s, "[PS]") || hasPrefixFold(s, "PS ") || hasPrefixFold(s, "PS>") || strings.HasPrefix(s, ">>") || isDrivePrompt(s) {
		if at := strings.IndexByte(s, '>'); at >= 0 {
			return strings.TrimSpace(strings.TrimLeft(s[at:], ">")), true
		}
		return "", hasPrefixFold(s, "[PS]")
	}
	bare := lowerASCII(strings.TrimLeft(s[:min(len(s), 40)], "($@&{ "))
	for _, verb := range commandVerbs {
		if strings.HasPrefix(bare, verb) {
			return s, true
		}
	}
	if strings.HasPrefix(s, "$") && strings.Contains(s, "=") {
		return s, true
	}
	return "", false
}

func isDrivePrompt(s string) bool {
	return len(s) > 3 && s[1] == ':' && s[2] == '\\' && strings.IndexByte(s, '>') > 0
}
