package healthmailbox

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	nameA = "HealthMailbox00112233445566778899aabbccddeeff"
	nameB = "HealthMailbox0011223344556677deadbeefdeadbeef"
	nameC = "HealthMailboxffeeddccbbaa99887766554433221100"
	nameD = "HealthMailbox1234567890abcdef1234567890abcdef"
)

// readCases are listings with the rows they hold: "name|display|server|database" and a trailing "!" when corrupted.
var readCases = []struct {
	name, text string
	rows       []string
	others     int
	count      int // -1 for none
}{
	// Format-Table
	{
		"truncated names join their warning", "Name Alias ServerName ProhibitSendQuota\n---- ----- ---------- " +
			"-----------------\n" +
			"HealthMailbox0011223... HealthMailbox0011... n1 Unlimited\n" + warnings(nameC) + "HealthMailboxffeeddc… " +
			"HealthMailboxffee… n1 2 GB (2,147,483,648 bytes)\n",
		[]string{"HealthMailbox0011223...||n1|", nameC + "||n1|!"},
		0, -1,
	},
	{
		"two candidates join neither",
		"Name ServerName\n---- ----------\nHealthMailbox0011... n1\n" + warnings(nameA, nameB),
		[]string{"HealthMailbox0011...||n1|"},
		0,
		-1,
	},
	{
		"ellipsis of one character in place of three", "Name                      Alias                ServerName\n----   " +
			"                   -----                ----------\n" +
			"HealthMailbox001122334… HealthMailbox0011… n1\nHealthMailboxffeeddccb… HealthMailboxffee… n2\n",
		[]string{"HealthMailbox001122334...||n1|", "HealthMailboxffeeddccb...||n2|"},
		0, -1,
	},
	{
		"wrapped cells", "Name                      ServerName\n----                      " +
			"----------\nHealthMailbox001122334455 n1\n66778899aabbccddeeff\nHealthMailboxffeeddccbbaa " +
			"n1\n99887766554433221100\n",
		[]string{nameA + "||n1|", nameC + "||n1|"},
		0, -1,
	},
	{
		"wrapped after seven digits", "Name                 ServerName\n----                 " +
			"----------\nHealthMailbox0011223 n1\n3445566778899aabbccd\ndeeff\nHealthMailboxffeeddc " +
			"n1\ncbbaa998877665544332\n21100\n",
		[]string{nameA + "||n1|", nameC + "||n1|"},
		0, -1,
	},
	{
		"wrapped display names", "DisplayName          ServerName\n-----------          ----------\nHealthMailbox-EX1-Ma " +
			"n1\nilbox-Database-1\nHealthMailbox-EX1-00 n1\n1\n",
		[]string{
			"HealthMailbox-EX1-Mailbox-Database-1|HealthMailbox-EX1-Mailbox-Database-1|n1|Mailbox-Database-1",
			"HealthMailbox-EX1-001|HealthMailbox-EX1-001|n1|",
		},
		0, -1,
	},
	{
		"a user below a name that fills its column", "DisplayName           Items\n-----------           " +
			"-----\nHealthMailbox-EX1-001 12\nJane Doe              3\n",
		[]string{"HealthMailbox-EX1-001|HealthMailbox-EX1-001|EX1|"},
		1, -1,
	},
	{
		"empty database in its column", "Name                                          ServerName Database IsValid\n----  " +
			"                                        ---------- -------- -------\n" +
			nameA + " n1                  False\n" + nameC + " n1         DB 1     True\n",
		[]string{nameA + "||n1|!", nameC + "||n1|DB 1"},
		0, -1,
	},
	{
		"a column aligned on the right", "DisplayName           ItemCount LastLogonTime\n-----------           --------- " +
			"-------------\nHealthMailbox-EX1-001        12 01.02.2020 10:00:00\nHealthMailbox-EX1-002   1234567 01.02.2020 " +
			"10:00:00\n",
		[]string{"HealthMailbox-EX1-001|HealthMailbox-EX1-001|EX1|", "HealthMailbox-EX1-002|HealthMailbox-EX1-002|EX1|"},
		0, -1,
	},
	{
		"a wide database name", "Name                                          Database     ServerName\n----              " +
			"                            --------     ----------\n" + nameA + " データベース n1\n" + nameC + " DB           n2\n",
		[]string{nameA + "||n1|データベース", nameC + "||n2|DB"},
		0, -1,
	},
	{
		"statistics with archives", "DisplayName               ItemCount LastLogonTime\n-----------               " +
			"--------- -------------\nHealthMailbox-n1-001      12        01.02.2020 10:00:00\n" +
			"In-Place Archive - Hea... 1         01.02.2020 10:00:00\nArchiv - HealthMailbox... 3\nJane Doe             " +
			"     7\n",
		[]string{"HealthMailbox-n1-001|HealthMailbox-n1-001|n1|"},
		3, -1,
	},
	{
		"arbitration only",
		"Name Alias ServerName ProhibitSendQuota\nSystemMailbox{0a0b... SystemMailbox{0a... n1 unlimited\n",
		nil,
		1,
		-1,
	},
	{
		"identities", padded(
			[]string{"Identity", "IsValid"}, []int{112, 8},
		) + "\n" + padded([]string{"--------", "-------"}, []int{112, 8}) +
			"\nlab.example/Microsoft Exchange System Objects/Monitoring Mailboxes/" + nameA + " True\n",
		[]string{nameA + "|||"},
		0, -1,
	},
	{
		"the name in the second column",
		"ServerName Name\n---------- ----\nn1         " + nameA + "\nn2         " + nameC + "\n",
		[]string{nameA + "||n1|", nameC + "||n2|"},
		0, -1,
	},
	{
		"the same name twice is one mailbox", "Name                                          ServerName\n----             " +
			"                             ----------\n" + nameA + " n1\n" + nameA + " n1\n",
		[]string{nameA + "||n1|"},
		0, -1,
	},
	{
		"the same table pasted twice", strings.Repeat("Name                   ServerName\n----                   "+
			"----------\nHealthMailbox001122... n1\nHealthMailboxffeedd... n2\n\n", 2),
		[]string{"HealthMailbox001122...||n1|", "HealthMailboxffeedd...||n2|"},
		0, -1,
	},
	{
		"a header with blanks", "Mailbox name Name                                          Home\n------------ ----       " +
			"                                   ----\nx            " + nameA + " y\n",
		[]string{nameA + "|||"},
		0, -1,
	},
	{
		"warnings between wrapped rows, wrapped themselves", "Name                      ServerName\n----                  " +
			"    ----------\nHealthMailbox001122334455 n1\n66778899aabbccddeeff\n" +
			"WARNING: The object lab.example/Microsoft Exchange System Objects/Monitoring " +
			"Mailboxes/HealthMailbox00112233\n445566778899aabbccddeeff has been corru\npted, and it's in an inconsistent " +
			"state. The following validation err\nors happened:\nWARNING: Database is mandatory on " +
			"User\nMailbox.\nHealthMailboxffeeddccbbaa n1\n99887766554433221100\n",
		[]string{nameA + "||n1|!", nameC + "||n1|"},
		0, -1,
	},
	{
		"a warning that lost its end does not swallow rows", "Name                                          " +
			"ServerName\n----                                          ----------\n" + nameA + " n1\n" +
			"WARNING: The object lab.example/Monitoring Mailboxes/" + nameC + " has been corrupted, and it's in an " +
			"inconsistent state.\n" + nameC + " n1\n" + nameD + " n1\n",
		[]string{nameA + "||n1|", nameC + "||n1|!", nameD + "||n1|"},
		0, -1,
	},

	{
		"names longer than their column", "Name       DisplayName ServerName Database\n----       ----------- ---------- " +
			"--------\n" + nameA + " HealthMailbox-EX1-001 EX1        DB 1\n",
		[]string{nameA + "|HealthMailbox-EX1-001|EX1|DB 1"},
		0, -1,
	},

	{
		"a wrapped last column", padded([]string{"Name", "Database"}, []int{45, 10}) + "\n" +
			padded([]string{"----", "--------"}, []int{45, 10}) + "\n" + nameA + " Mailbox\n" +
			strings.Repeat(" ", 46) + "Database\n" + strings.Repeat(" ", 46) + "17\n" + nameC + " DB\n",
		[]string{nameA + "|||Mailbox Database 17", nameC + "|||DB"},
		0, -1,
	},

	// Format-List
	{
		"names inside other properties than the name",
		"DistinguishedName : CN=" + nameA + ",CN=Monitoring Mailboxes,DC=x\nUserPrincipalName : " + nameA + "@x.example\n" +
			"SamAccountName    : LAB\\" + nameA[:20] + "\nLegacyExchangeDN  : /o=X/ou=Y/cn=Recipients/cn=" + nameA + "\n" +
			"ServerLegacyDN    : x\nServerName        : /o=X/cn=Servers/cn=n1\nDatabase          : CN=DB 1,CN=Databases,DC=x\n",
		[]string{nameA + "||n1|DB 1"},
		0,
		-1,
	},
	{
		"a monitoring mailbox of another name",
		"Name                 : Probe1\nDisplayName          : Probe One\nRecipientTypeDetails : MonitoringMailbox\n",
		[]string{"Probe1|Probe One||"},
		0,
		-1,
	},
	{
		"list with a folded name",
		"Name     : HealthMailbox0011223344\n           5566778899aabbccddeeff\nDatabase : DB 7\n",
		[]string{nameA + "|||DB 7"},
		0,
		-1,
	},
	{
		"list with a folded database",
		"Name     : " + nameA + "\nDatabase : A long database\n           name\n",
		[]string{nameA + "|||A long database name"},
		0,
		-1,
	},
	{
		"a list that starts with other properties",
		"RunspaceId : 0b7e\nGuid       : 1\nName       : " + nameA + "\n\nRunspaceId : 0b7e\nGuid       : 2\nName " +
			"      : " + nameC + "\n",
		[]string{nameA + "|||", nameC + "|||"},
		0,
		-1,
	},
	{
		"blank records of merged warnings",
		"Name       : \nServerName : \n\nName       : " + nameA + "\nServerName : n1\n",
		[]string{nameA + "||n1|"},
		0,
		-1,
	},
	{
		"one property a record",
		"Name : " + nameA + "\n\n\nName : " + nameC + "\n",
		[]string{nameA + "|||", nameC + "|||"},
		0,
		-1,
	},
	{
		"a list indented as in a mail",
		"    Name : " + nameA + "\n    Database : DB1\n\n    Name : " + nameC + "\n    Database : DB1\n",
		[]string{nameA + "|||DB1", nameC + "|||DB1"},
		0,
		-1,
	},
	{
		"a database called like a property",
		"Name     : " + nameA + "\nDatabase : Name : WARNING: x\n",
		[]string{nameA + "|||Name : WARNING: x"},
		0,
		-1,
	},
	{
		"a typographic database name",
		"Name     : " + nameA + "\nDatabase : DB – “Köln”\n",
		[]string{nameA + "|||DB – “Köln”"},
		0,
		-1,
	},
	{
		"not a monitoring mailbox",
		"Name                 : " + nameA + "\nRecipientTypeDetails : MonitoringMailbox\n\nName                 : " +
			"HealthMailbox-Desk\nRecipientTypeDetails : UserMailbox\n",
		[]string{nameA + "|||"},
		1,
		-1,
	},

	// Format-Wide and bare names
	{
		"format-wide",
		nameA + "     " + nameC + "\n" + nameB + "\n",
		[]string{nameA + "|||", nameC + "|||", nameB + "|||"},
		0,
		-1,
	},
	{
		"format-wide, cut",
		"HealthMailbox001122334455667...   HealthMailboxffeeddccbbaa998...\nHealthMailbox1234567890abcde...\n",
		[]string{
			"HealthMailbox001122334455667...|||",
			"HealthMailboxffeeddccbbaa998...|||",
			"HealthMailbox1234567890abcde...|||",
		},
		0,
		-1,
	},
	{"expanded names", nameA + "\n\n" + nameC + "\n", []string{nameA + "|||", nameC + "|||"}, 0, -1},
	{"names twice", nameA + "\n" + nameC + "\n" + nameA + "\n", []string{nameA + "|||", nameC + "|||"}, 0, -1},
	{
		"account names",
		"HealthMailbox0011223\nHealthMailboxffeeddc\n",
		[]string{"HealthMailbox0011223|||", "HealthMailboxffeeddc|||"},
		0,
		-1,
	},

	// CSV
	{
		"empty database field",
		"Name,Database,IsValid\n" + nameA + ",,False\n" + nameC + ",DB1,True\n",
		[]string{nameA + "|||!", nameC + "|||DB1"},
		0,
		-1,
	},
	{
		"not valid, with a database",
		"Name,Database,IsValid\n" + nameA + ",DB1,False\n" + nameC + ",DB1,True\n",
		[]string{nameA + "|||DB1!", nameC + "|||DB1"},
		0,
		-1,
	},
	{
		"quoted delimiters, quotes and line breaks",
		"\"Name\",\"Database\",\"EmailAddresses\"\n\"" + nameA + "\",\"DB, \"\"new\"\"\",\"a\nb\"\n\"" + nameC +
			"\",\"DB2\",\"c\"\n",
		[]string{nameA + "|||DB, \"new\"", nameC + "|||DB2"},
		0,
		-1,
	},
	{"a single column", "\"Name\"\n\"" + nameA + "\"\n\"" + nameC + "\"\n", []string{nameA + "|||", nameC + "|||"}, 0, -1},
	{
		"a type line and semicolons",
		"#TYPE Selected.Microsoft.Exchange.Data.Directory.Management.Mailbox\n\"Name\";\"ServerName\"\n\"" + nameA +
			"\";\"n1\"\n",
		[]string{nameA + "||n1|"},
		0,
		-1,
	},
	{"typographic quotes", "“Name”,“Database”\n“" + nameA + "”,“DB, 1”\n", []string{nameA + "|||DB, 1"}, 0, -1},
	{
		"warnings around CSV",
		warnings(nameA) + "\"Name\",\"Database\"\n\"" + nameA + "\",\"\"\n",
		[]string{nameA + "|||!"},
		0,
		-1,
	},

	{
		"a warning without its end does not swallow CSV",
		"\"Name\",\"Database\"\n\"" + nameA + "\",\"DB1\"\nWARNING: something else happened\n\"" + nameC + "\",\"DB1\"\n",
		[]string{nameA + "|||DB1", nameC + "|||DB1"},
		0,
		-1,
	},

	// JSON
	{
		"archive flag",
		`[{"DisplayName":"HealthMailbox-n1-001","IsArchiveMailbox":true},{"DisplayName":"HealthMailbox-n1-002",` +
			`"IsArchiveMailbox":false}]`,
		[]string{"HealthMailbox-n1-002|HealthMailbox-n1-002|n1|"},
		1,
		-1,
	},
	{
		"a single object",
		`{"Name": "` + nameA + `", "Database": {"Name": "DB1", "Guid": "x"}, "IsValid": true}`,
		[]string{nameA + "|||DB1"},
		0,
		-1,
	},
	{"an array of names", `["` + nameA + `", "` + nameC + `"]`, []string{nameA + "|||", nameC + "|||"}, 0, -1},
	{
		"the list of Windows PowerShell",
		`{"value": [{"Name": "` + nameA + `"}], "Count": 1}`,
		[]string{nameA + "|||"},
		0,
		-1,
	},
	{
		"a list in a list",
		`[{"value": [{"Name": "` + nameA + `"}, {"Name": "` + nameC + `"}], "Count": 2}]`,
		[]string{nameA + "|||", nameC + "|||"},
		0,
		-1,
	},
	{"typographic quotes in JSON", `[{“Name”: “` + nameA + `”}]`, []string{nameA + "|||"}, 0, -1},
	{
		"typographic quotes in a value",
		`[{"Name": "` + nameA + `", "Database": "a “b”"}]`,
		[]string{nameA + "|||a “b”"},
		0,
		-1,
	},
	{
		"names inside other properties",
		`[{"Name": "` + nameA + `", "EmailAddresses": ["smtp:` + nameC + `@x.example"], "Notes": {"Name": "` + nameB + `"}}]`,
		[]string{nameA + "|||"},
		0,
		-1,
	},
	{
		"warning records",
		`[{"Name":"` + nameA + `"},{"Message":"The object x/Monitoring Mailboxes/` + nameA + ` has been corrupted, ` +
			`and it's in an inconsistent state. The following validation errors happened:"},{"Message":"Database is ` +
			`mandatory on UserMailbox."}]`,
		[]string{nameA + "|||!"},
		0,
		-1,
	},
	{
		"objects one after the other",
		"{\n \"Name\": \"" + nameA + "\"\n}\n{\n \"Name\": \"" + nameC + "\"\n}\n",
		[]string{nameA + "|||", nameC + "|||"},
		0,
		-1,
	},

	// Counts, prompts, transcripts
	{"count", "[PS] C:\\>(Get-Mailbox -Monitoring).Count\r\n37\r\n", nil, 0, 37},
	{"bare count", "37\n", nil, 0, 37},
	{
		"a variable without its prompt", "$boxes = Get-Mailbox -Monitoring\n$boxes | ft Name\n\nName\n----\n" + nameA + "\n",
		[]string{nameA + "|||"},
		0, -1,
	},
	{
		"short names that are alike, on two servers",
		"Name                 ServerName\n" +
			"----                 ----------\n" +
			"HealthMailbox5d1c... n1\n" +
			"HealthMailbox5d1c... n2\n",
		[]string{"HealthMailbox5d1c...||n1|", "HealthMailbox5d1c...||n2|"},
		0, -1,
	},
	{
		"count, then the list",
		"PS> (Get-Mailbox -Monitoring).Count\n1\nPS> Get-Mailbox -Monitoring | fl Name\nName : " + nameA + "\n",
		[]string{nameA + "|||"},
		0,
		1,
	},
	{
		"two views of the same mailboxes", "PS> Get-Mailbox -Monitoring | ft Name,ServerName\nName ServerName\n---- " +
			"----------\n" + nameA + " n1\nPS> Get-Mailbox -Monitoring | fl Name,Database\nName : " + nameA +
			"\nDatabase : DB1\n",
		[]string{nameA + "||n1|DB1"},
		0, -1,
	},
	{
		"a cut view and a full one", "[PS] C:\\>Get-Mailbox -Monitoring\n\nName                      ServerName\n----     " +
			"                 ----------\nHealthMailbox001122334... n1\nHealthMailboxffeeddccb... n2\n\n[PS] C:\\>Get-Mailbox " +
			"-Monitoring | fl Name,DisplayName\n\nName        : " + nameA + "\nDisplayName : HealthMailbox-n1-001\n\nName  " +
			"      : " + nameC + "\nDisplayName : HealthMailbox-n2-001\n",
		[]string{nameA + "|HealthMailbox-n1-001|n1|", nameC + "|HealthMailbox-n2-001|n2|"},
		0, -1,
	},
	{
		"one display name, two mailboxes",
		"[PS] C:\\>Get-Mailbox -Monitoring -Server n1 | fl Name,DisplayName\n\nName        : " + nameA +
			"\nDisplayName : HealthMailbox-n1-001\n\n[PS] C:\\>Get-Mailbox -Monitoring -Server n2 | fl Name,DisplayName\n\n" +
			"Name        : " + nameC + "\nDisplayName : HealthMailbox-n1-001\n",
		[]string{nameA + "|HealthMailbox-n1-001|n1|", nameC + "|HealthMailbox-n1-001|n1|"},
		0, -1,
	},
	{
		"one command for each server", "[PS] C:\\>Get-Mailbox -Monitoring -Server n1 | ft " +
			"Name\n\nName\n----\n" + nameA + "\n\n[PS] C:\\>Get-Mailbox -Monitoring -Server n2 | ft " +
			"Name\n\nName\n----\n" + nameC + "\n",
		[]string{nameA + "|||", nameC + "|||"},
		0, -1,
	},
	{
		"a command wrapped where its properties go on",
		"[PS] C:\\Windows\\system32>Get-Mailbox -Monitoring -ResultSize Unlimited | Format-Table Server\nName,Name " +
			"-AutoSize\n\nServerName Name\n---------- ----\nn1         " + nameA + "\n",
		[]string{nameA + "||n1|"},
		0, -1,
	},
	{
		"the shell's greeting and a wrapped command", "         Welcome to the Exchange Management Shell!\n\nFull list of " +
			"cmdlets: Get-Command\nVERBOSE: Connecting to EX1.\nVERBOSE: Connected to EX1.\n" +
			"[PS] C:\\Windows\\system32>Get-Mailbox -Monitoring -ResultSize Unlimited | Format-Table Name,Se\nrverName " +
			"-AutoSize\nCreating a new session for implicit remoting of \"Get-Mailbox\" command...\n\nName                   " +
			"                       ServerName\n----                                          ----------\n" + nameA +
			" n1\n\n\n[PS] C:\\Windows\\system32>",
		[]string{nameA + "||n1|"},
		0, -1,
	},
	{
		"a transcript with a German header", "**********************\nStart der Windows " +
			"PowerShell-Aufzeichnung\nStartzeit: 20260901\nBenutzername: LAB\\admin\n**********************\nDie Aufzeichnung " +
			"wurde gestartet. Die Ausgabedatei ist C:\\t.txt\n" +
			"PS C:\\> Get-Mailbox -Monitoring | ft Name\n\nName\n----\n" + nameA +
			"\n\nPS C:\\> Stop-Transcript\n**********************\nEnde der Windows PowerShell-Aufzeichnung\nEndzeit: " +
			"20260901\n**********************\n",
		[]string{nameA + "|||"},
		0, -1,
	},
	{
		"a German warning", "WARNUNG: Das Objekt lab.example/Microsoft Exchange System Objects/Monitoring " +
			"Mailboxes/" + nameA + " ist beschädigt und befindet sich in einem inkonsistenten Zustand. Die folgenden " +
			"Überprüfungsfehler sind aufgetreten:\nWARNUNG: Die Datenbank ist obligatorisch.\n" + nameA + "\n" + nameC + "\n",
		[]string{nameA + "|||!", nameC + "|||"},
		0, -1,
	},
	{
		"a French warning, wrapped", "AVERTISSEMENT : L'objet lab.example/Microsoft Exchange System Objects/Monitoring " +
			"\nMailboxes/" + nameA + " a été endommagé et son état est \nincohérent. Les erreurs de validation suivantes se " +
			"sont produites :\nAVERTISSEMENT : La base de données est obligatoire.\nName : " + nameA + "\n",
		[]string{nameA + "|||!"},
		0, -1,
	},
	{
		"warnings without a label", "The object x/Monitoring Mailboxes/" + nameA + " has been corrupted, and it's in an " +
			"inconsistent state. The following validation errors happened:\nDatabase is mandatory on " +
			"UserMailbox.\nName : " + nameA + "\n",
		[]string{nameA + "|||!"},
		0, -1,
	},
	{
		"the long warning about 1,000 results, wrapped", nameA + "\nWARNING: By default, only the first 1000 items are " +
			"returned. Use the ResultSize parameter to specify the number of\nitems returned. To return all items, specify " +
			"\"-ResultSize Unlimited\". Be aware that, depending on the actual number of\nitems, returning all items may take " +
			"a long time and consume a large amount of memory. Also, we don't recommend storing\nthe results in a variable. " +
			"Instead, pipe the results to another task or script to perform batch changes.\n" + nameC + "\n",
		[]string{nameA + "|||", nameC + "|||"},
		0, -1,
	},
	{
		"HTML of a web page", "Name" + strings.Repeat(
			"&nbsp;", 21,
		) + " ServerName\n----" + strings.Repeat("&nbsp;", 21) + " ----------\nHealth&#8203;Mailbox001122334&#8230; n1\n",
		[]string{"HealthMailbox001122334...||n1|"},
		0, -1,
	},
}

func TestRead(t *testing.T) {
	for _, c := range readCases {
		t.Run(c.name, func(t *testing.T) {
			listing, err := Read(c.text)
			if err != nil {
				t.Fatal(err)
			}
			var rows []string
			for i := range listing.Rows {
				row := &listing.Rows[i]
				text := strings.Join([]string{row.title(), row.DisplayName, row.Server, row.Database}, "|")
				if row.Corrupted {
					text += "!"
				}
				rows = append(rows, text)
			}
			if diff := cmp.Diff(c.rows, rows); diff != "" {
				t.Error(diff)
			}
			if listing.OtherCount != c.others {
				t.Errorf("%d others (%q), want %d", listing.OtherCount, listing.FirstOther, c.others)
			}
			count := -1
			if listing.Count != nil {
				count = *listing.Count
			}
			if count != c.count {
				t.Errorf("count %d, want %d", count, c.count)
			}
		})
	}
}

// unreadable are texts that must fail with the line and a part of the reason.
var unreadable = []struct {
	name, text string
	line       int
	reason     string
}{
	{"nothing", "", 1, "empty"},
	{"blank", "\n \n", 1, "empty"},
	{"prose", "\n\nPlease restart the server tonight.", 3, "nothing that PowerShell prints"},
	{"a sentence about a mailbox", "The probe of " + nameA + " is not able to log on to the store.", 1, "nothing that"},
	{"prose that starts with a name", nameA + " was deleted yesterday.\n" + nameC + " is fine.\n", 1, "nothing that"},
	{"prose below a list", "Name : " + nameA + "\n\nAs you see, " + nameC + " is gone.\n", 3, "nothing that"},
	{
		"prose with a name below a table",
		"Name                                          ServerName\n----                                          " +
			"----------\n" + nameA + " n1\n" + nameC + " was deleted yesterday\n",
		4,
		"does not fit",
	},
	{"cut JSON", "[\n {\"Name\":\"" + nameA + "\"},\n {\"Name\":", 3, "JSON"},
	{
		"bad JSON record",
		"[\n {\"Name\":\"" + nameA + "\"},\n {\"Name\":\"" + nameB + "\"},\n {\"Name\" \"" + nameC + "\"}\n]\n",
		4,
		"JSON",
	},
	{
		"a JSON object without a name", "[{\"Name\":\"" + nameA + "\"},\n{\"ServerName\":\"n1\"}]", 1,
		"item 2 holds an object without a name",
	},
	{"a number in JSON", "[{\"Name\":\"" + nameA + "\"},\n7]", 1, "item 2 holds float64 where an object should be"},
	{"empty JSON", "[]", 1, "no mailbox"},
	{"JSON with more on its line", "[{\"Name\":\"" + nameA + "\"}] end", 1, "followed by"},
	{"JSON followed by text", "[{\"Name\":\"" + nameA + "\"}]\nend of list", 2, "nothing that"},
	{"cut CSV", "\"Name\",\"Database\"\n\"" + nameA + "\",\"DB1\"\n\"Health", 3, "CSV"},
	{"short CSV row", "Name,Database\n" + nameA + "\n", 2, "CSV"},
	{"CSV header only", "Name,Database\n", 1, "no rows"},
	{"CSV without a name", "ServerName,Database\nn1,DB1\n", 1, "nothing that"},
	{"a CSV name that was cut short", "Name,Database\nHealthMailbox00,DB1\n", 2, "32 hex digits"},
	{"XML", "<Objs Version=\"1.1\">", 1, "XML"},
	{"event", "Event code: 3005\nException type: HttpException\n", 1, "event"},
	{"exception", "System.ApplicationException: probe failed\n   at X.Y()", 1, "exception"},
	{"unknown command", "Get-Mailbox : The term 'x'\nThe term is not recognized as a name", 2, "nothing that"},
	{
		"an error below the rows",
		nameA + "\nThe operation couldn't be performed because object 'n3' couldn't be found.\n",
		2,
		"nothing that",
	},
	{"NUL", "Name\nHealth\x00", 2, "NUL"},
	{"LDIF", "dn: CN=" + nameA + ",CN=Monitoring Mailboxes,DC=x\ncn: " + nameA + "\n", 1, "nothing that"},
	{"YAML", "mailboxes:\n- Name: " + nameA + "\n", 1, "nothing that"},
	{"a Markdown table", "| Name | ServerName |\n|---|---|\n| " + nameA + " | n1 |\n", 1, "nothing that"},
	{"a Markdown list", "- " + nameA + "\n- " + nameC + "\n", 1, "nothing that"},
	{
		"accounts of a directory dump",
		"index: 0x1 RID: 0x2 acb: 0x210 Account: HealthMailbox0011223\tName: HealthMailbox-n1-001\tDesc: (null)\n",
		1,
		"nothing that",
	},
	{"bracketed accounts", "user:[HealthMailbox0011223] rid:[0x46e]\n", 1, "nothing that"},
	{"domain accounts", "LAB\\HealthMailbox0011223   enabled\n", 1, "nothing that"},
	{"a hashtable", "@{Name=" + nameA + "; ServerName=n1}\n", 1, "nothing that"},
	{"key = value", "Name = " + nameA + "\n", 1, "nothing that"},
	{
		"net user",
		"User accounts for \\\\EX1\n\n-------------------------------\nAdministrator   HealthMailbox0011223   Guest\n",
		1,
		"without a column",
	},
	{"a table without its header", nameA + " " + nameA + " n7 Unlimited\n", 1, "nothing that"},
	{"name and alias without a header", "HealthMailbox0011223... HealthMailbox0011...\n", 1, "one mailbox or two"},
	{"name and display name without a header", nameA + " HealthMailbox-EX1-001\n", 1, "may be the same"},
	{
		"names, then display names",
		nameA + "\n" + nameC + "\n\nHealthMailbox-EX1-001\nHealthMailbox-EX1-002\n",
		4,
		"may be the same",
	},
	{
		"a display name twice",
		"HealthMailbox-EX1-001\nHealthMailbox-EX1-002\nHealthMailbox-EX1-001\n",
		3,
		"one mailbox or two",
	},
	{"names cut without a mark", "Name : Hea\n\nName : Hea\n", 1, "looks cut"},
	{"a name that lost its first letters", "Name : hMailbox00112233445566778899aabbccddeeff\n", 1, "may be a part"},
	{"a name with more in front", "Name : x HealthMailbox0011223\n", 1, "may be a part"},
	{
		"a collapsed table with an empty cell",
		"Name ServerName Database IsValid\n---- ---------- -------- -------\n" + nameA + " n1 False\n",
		3,
		"does not fit",
	},
	{"names and display names in JSON", `["` + nameA + `", "HealthMailbox-EX1-001"]`, 1, "may be the same"},
	{"two names without a blank", "HealthMailbox-EX1-DB1HealthMailbox-EX1-001\n", 1, "nothing that"},
	{"two CSV files", "\"Name\"\n\"" + nameA + "\"\n\"Name\"\n\"" + nameC + "\"\n", 3, "two files"},
	{
		"a list of display names twice",
		strings.Repeat("DisplayName : HealthMailbox-EX1-001\nItemCount   : 1\n\n", 2),
		4,
		"one mailbox or two",
	},
	{"a name cut and folded", "Name : HealthM\n       0011223\n", 1, "may be a part"},
	{
		"an error in part",
		"Name\n----\n" + nameA + "\nThe operation couldn't be performed.\n    + CategoryInfo          : NotSpecified: (:)\n",
		5,
		"may lack mailboxes",
	},
	{
		"Get-ADUser",
		"Name        : " + nameA + "\nObjectClass : user\nSID         : S-1\n",
		1,
		"accounts of Active Directory",
	},
	{
		"csvde",
		"DN,objectClass,cn,displayName\n\"CN=" + nameA + ",DC=x\",user," + nameA + "," + nameA + "\n",
		2,
		"accounts of Active Directory",
	},
	{
		"permissions, with short names",
		"Identity             User             AccessRights\n" +
			"--------             ----             ------------\n" +
			"HealthMailbox5d1c... CONTOSO\\Admin    {FullAccess}\n" +
			"HealthMailbox77aa... CONTOSO\\Admin    {FullAccess}\n" +
			"HealthMailbox5d1c... CONTOSO\\Backup   {FullAccess}\n",
		5, "one mailbox or two",
	},
	{"names and accounts", nameA + "\nHealthMailbox0011223\n", 2, "one mailbox or two"},
	{
		"a table without names",
		"ServerName Database\n---------- --------\nn1         DB1\n",
		1,
		"without a column that names",
	},
	{
		"a list without names",
		"ServerName : n1\nDatabase   : DB1\n\nServerName : n2\nDatabase   : DB2\n",
		1,
		"without its name",
	},
	{"names cut too short", "Name      ServerName\n----      ----------\nHealth... n1\nHealth... n1\n", 3, "cut before"},
	{
		"a value that reaches into the next column",
		"Identity                     IsValid\n--------                     -------\nlab.example/Microsoft Exchange " +
			"System Objects/Monitoring Mailboxes/" + nameA + " True\n",
		3,
		"does not fit",
	},
	{
		"identities cut too short",
		"Identity                 ServerName\n--------                 ----------\nlab.example/Microsoft... n1\n",
		3,
		"cut before",
	},
	{
		"a wrapped name that does not end",
		"Name                      ServerName\n----                      ----------\nHealthMailbox001122334455 " +
			"n1\nHealthMailboxffeeddccbbaa n1\n",
		3,
		"32 hex digits",
	},
	{
		"a column so narrow that the prefix is wrapped",
		"Name       ServerName\n----       ----------\nHealthMail n1\nbox0011223\n3445566778\n899aabbccd\ndeeff\n",
		3,
		"does not fit",
	},
	{
		"a list that was cut",
		"Name       : " + nameA + "\nServerName : n1\n\nName       : " + nameC + "\n",
		4,
		"ends before its ServerName",
	},
	{
		"a record with a line lost",
		"Name       : " + nameA + "\nServerName : n1\n\nName       : " + nameC + "\n\nName       : " + nameD +
			"\nServerName : n1\n",
		4,
		"ends before its ServerName",
	},
	{
		"two lists of different properties",
		"Name : " + nameA + "\n\nName : " + nameC + "\n\n\nDisplayName : HealthMailbox-EX1-001\n\nDisplayName : " +
			"HealthMailbox-EX1-002\n",
		6,
		"second list",
	},
	{
		"before and after",
		"[PS] C:\\>Get-Mailbox -Monitoring | ft Name\n\nName\n----\n" + nameA + "\n" + nameB + "\n\n[PS] C:\\>Get-Mailbox " +
			"-Monitoring | ft Name\n\nName\n----\n" + nameC + "\n" + nameD + "\n",
		10,
		"second list",
	},
	{
		"tables of before and after, without the commands",
		"Name\n----\n" + nameA + "\n\nName\n----\n" + nameC + "\n",
		5,
		"second list",
	},
	{
		"lists of before and after, without the commands",
		"Name : " + nameA + "\nDatabase : \n\nName : " + nameB + "\nDatabase : DB\n\n\n\n\nName : " + nameC +
			"\nDatabase : DB\n",
		10,
		"second list",
	},
	{
		"one filtered command twice",
		"[PS] C:\\>Get-Mailbox -Monitoring -Server n1\n\nName\n----\n" + nameA + "\n" +
			"[PS] C:\\>Get-Mailbox -Monitoring -Server n1\n\nName\n----\n" + nameC + "\n",
		8,
		"second list",
	},
	{
		"two views, one too short to join",
		"Name ServerName\n---- ----------\nHealthMailbox... n1\n\n\nName : " + nameA + "\n\nName : " + nameC + "\n",
		6,
		"cut",
	},
	{
		"a cut name that fits two",
		"Name : " + nameA + "\n\nName : " + nameB + "\n\n\nName ServerName\n---- ----------\nHealthMailbox0011... n1\n",
		8,
		"fits 2 mailboxes",
	},
	{"the count of something else", "[PS] C:\\>(Get-Mailbox).Count\n412\n", 2, "not certain"},
	{
		"two counts",
		"[PS] C:\\>(Get-Mailbox -Monitoring).Count\n4\n[PS] C:\\>(Get-Mailbox -Monitoring).Count\n6\n",
		4,
		"not certain",
	},
	{"a number among names", nameA + "\n17\n", 2, "not certain"},
	{"a number too large", "999999999\n", 1, "too large"},
	{"measured", "\nCount    : 37\nAverage  : \nSum      : \n\n", 2, "nothing that"},
	{
		"grouped counts",
		"Count Name                      Group\n----- ----                      -----\n   13 n2                        " +
			"{HealthMailbox1, HealthMailbox2...}\n",
		1,
		"table of counts",
	},
	{
		"an open transcript header",
		"**********************\nWindows PowerShell transcript start\n" + nameA + "\n",
		3,
		"inside the header",
	},
	{
		"a transcript header without an end",
		"**********************\nWindows PowerShell transcript start\n",
		1,
		"does not end",
	},
}

func TestReadRefusesWithTheLine(t *testing.T) {
	for _, c := range unreadable {
		t.Run(c.name, func(t *testing.T) {
			listing, err := Read(c.text)
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("error %v, listing %s", err, toJSON(listing))
			}
			if syntax.Line != c.line {
				t.Errorf("line %d, want %d: %v", syntax.Line, c.line, err)
			}
			if !strings.Contains(syntax.Reason, c.reason) {
				t.Errorf("%q does not say %q", syntax.Reason, c.reason)
			}
			if strings.HasSuffix(err.Error(), ".") {
				t.Errorf("%q ends in a period", err)
			}
		})
	}
}

func TestReadRefusesLargeInput(t *testing.T) {
	if _, err := Read(strings.Repeat(" ", MaxInputBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}

// What gets Exchange's message but is no health mailbox is called what it is.
func TestKindOf(t *testing.T) {
	for object, want := range map[string]ObjectKind{
		"lab.example/Microsoft Exchange System Objects/Monitoring Mailboxes/" + nameA:     KindHealthMailbox,
		"lab.example/Users/SystemMailbox{1f05a927-0000-0000-0000-b8e90bdc0abf}":           KindArbitration,
		"lab.example/Users/FederatedEmail.4c1f4d8b-8179-4148-93bf-00a95fa1e042":           KindArbitration,
		"lab.example/Users/Migration.8f3e7716-2011-43e4-96b1-aba62d229136":                KindArbitration,
		"lab.example/Users/DiscoverySearchMailbox {D919BA05-46A6-415f-80AD-7E09334BB852}": "discovery mailbox",
		`EX1\Default Frontend EX1`: "receive connector",
		`EX1\Client Proxy EX1`:     "receive connector",
		`EX1\Anonymous Relay`:      "receive connector",
		`EX1\Something`:            "object of a server, such as a receive connector or a virtual directory",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/RBAC/Roles/Helpdesk Resets": "management role",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/RBAC/Role Assignments/Mail " +
			"Recipients-Org": "management role assignment",
		"Mail Recipients":                         "management role",
		"Mail Recipients-Organization Management": "management role assignment",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/Administrative Groups/X/Servers/EX1/Protocols/SMTP " +
			"Receive Connectors/Relay": "receive connector",
		"lab.example/Configuration/Services/Microsoft Exchange/Lab/Administrative Groups/X/Databases/DB01": "mailbox " +
			"database",
		"lab.example/Staff/Jane Doe": "user or other recipient",
		"Helpdesk":                   kindUnknown,
	} {
		t.Run(object, func(t *testing.T) {
			w, ok := corruptionIn(
				"The object "+object+" has been corrupted, and it's in an inconsistent state. The following validation errors "+
					"happened:",
				1,
			)
			if !ok {
				t.Fatal("not recognized")
			}
			if w.Kind != want {
				t.Errorf("%q, want %q (object %q, name %q)", w.Kind, want, w.Object, w.Name)
			}
		})
	}
}

func TestPlaceOf(t *testing.T) {
	servers := map[string]string{"exch": "EXCH", "exch-02": "EXCH-02"}
	for display, want := range map[string]place{
		"HealthMailbox-EXCH-001":       {"EXCH", "001", false},
		"HealthMailbox-EXCH-02-001":    {"EXCH-02", "001", false},
		"healthmailbox-exch-02-My-DB":  {"EXCH-02", "My-DB", false},
		"HealthMailbox-EXCH-My-DB":     {"EXCH", "My-DB", false},
		"HealthMailbox-OTHER-DB1":      {"OTHER", "DB1", false},
		"HealthMailbox-A-B-C-004":      {"A-B-C", "004", false},
		"HealthMailbox-EXCH-My...":     {"EXCH", "My", true},
		"HealthMailbox-A-B-C":          {},
		"HealthMailbox-OTH...":         {},
		"Archive - HealthMailbox-A-01": {},
	} {
		t.Run(display, func(t *testing.T) {
			if got, _ := placeOf(display, servers); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

// Each shape is recognized by its first lines, and by no other shape.
func TestShapeAt(t *testing.T) {
	texts := allShapes(fleet())
	for _, name := range sortedKeys(texts) {
		t.Run(name, func(t *testing.T) {
			want, _, _ := strings.Cut(name, " ")
			if want == "transcript" {
				want = "list"
			}
			rest, _ := takeWarnings(splitLines(texts[name]))
			sections, err := splitSections(rest)
			if err != nil {
				t.Fatal(err)
			}
			lines := []line{}
			for _, s := range sections {
				if lines = dropBlank(s.lines); len(lines) > 0 {
					break
				}
			}
			if got := shapeAt(lines); got == nil || got.name != want {
				t.Errorf("%v, want %s", got, want)
			}
		})
	}
	if got := shapeAt(splitLines("anything else")); got != nil {
		t.Errorf("prose starts %s", got.name)
	}
}
