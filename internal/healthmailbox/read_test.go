package healthmailbox

import (
	"errors"
	"strings"
	"testing"
)

const (
	nameA = "HealthMailbox00112233445566778899aabbccddeeff"
	nameB = "HealthMailbox0011223344556677deadbeefdeadbeef"
	nameC = "HealthMailboxffeeddccbbaa99887766554433221100"
)

// readCases are listings with the rows they hold: "name|display|server|database" and a trailing "!" when corrupted.
var readCases = []struct {
	name, text string
	rows       []string
	others     int
	archives   int
	count      int // -1 for none
}{
	{
		"truncated names join their warning", "Name Alias ServerName ProhibitSendQuota\n---- ----- ---------- -----------------\n" +
			"HealthMailbox0011223... HealthMailbox0011... n1 Unlimited\n" + warnings(nameC) + "HealthMailboxffeeddc… HealthMailboxffee… n1 2 GB (2,147,483,648 bytes)\n",
		[]string{"HealthMailbox0011223...||n1|", nameC + "||n1|!"},
		0, 0, -1,
	},
	{"two candidates join neither", "Name ServerName\n---- ----------\nHealthMailbox0011... n1\n" + warnings(nameA, nameB), []string{"HealthMailbox0011...||n1|"}, 0, 0, -1},
	{"format-wide", nameA + "     " + nameC + "\n" + nameB + "\n", []string{nameA + "|||", nameC + "|||", nameB + "|||"}, 0, 0, -1},
	{"default view without its header", nameA + " " + nameA + " n7 Unlimited\n", []string{nameA + "||n7|"}, 0, 0, -1},
	{"expanded names", nameA + "\n\n" + nameC + "\n", []string{nameA + "|||", nameC + "|||"}, 0, 0, -1},
	{
		"wrapped cells", "Name                      ServerName\n----                      ----------\nHealthMailbox001122334455 n1\n66778899aabbccddeeff\nHealthMailboxffeeddccbbaa n1\n99887766554433221100\n",
		[]string{nameA + "||n1|", nameC + "||n1|"},
		0, 0, -1,
	},
	{"list with a folded name", "Name     : HealthMailbox0011223344\n           5566778899aabbccddeeff\nDatabase : DB 7\n", []string{nameA + "|||DB 7"}, 0, 0, -1},
	{"list without names", "ServerName : n1\nDatabase   : DB1\n\nServerName : n2\nDatabase   : DB2\n", []string{"||n1|DB1", "||n2|DB2"}, 0, 0, -1},
	{"empty database column", "Name,Database,IsValid\n" + nameA + ",,False\n" + nameC + ",DB1,True\n", []string{nameA + "|||!", nameC + "|||DB1"}, 0, 0, -1},
	{
		"collapsed table with an empty database", "Name ServerName Database IsValid\n---- ---------- -------- -------\n" + nameA + " n1 False\n" + nameC + " n1 DB1 True\n",
		[]string{nameA + "||n1|!", nameC + "||n1|DB1"},
		0, 0, -1,
	},
	{"not valid, with a database", "Name,Database,IsValid\n" + nameA + ",DB1,False\n" + nameC + ",DB1,True\n", []string{nameA + "|||DB1!", nameC + "|||DB1"}, 0, 0, -1},
	{"statistics with archives", "DisplayName               ItemCount LastLogonTime\n-----------               --------- -------------\nHealthMailbox-n1-001      12        01.02.2020 10:00:00\n" +
		"In-Place Archive - Heal... 1        01.02.2020 10:00:00\nArchiv - HealthMailbox-n1-002 3\nJane Doe                  7\n", []string{"HealthMailbox-n1-001|HealthMailbox-n1-001|n1|"}, 1, 2, -1},
	{"archive flag", `[{"DisplayName":"HealthMailbox-n1-001","IsArchiveMailbox":true},{"DisplayName":"HealthMailbox-n1-002","IsArchiveMailbox":false}]`, []string{"HealthMailbox-n1-002|HealthMailbox-n1-002|n1|"}, 0, 1, -1},
	{"arbitration only", "Name Alias ServerName ProhibitSendQuota\nSystemMailbox{0a0b... SystemMailbox{0a... n1 unlimited\n", nil, 1, 0, -1},
	{"count", "[PS] C:\\>(Get-Mailbox -Monitoring).Count\r\n37\r\n", nil, 0, 0, 37},
	{"measure", "\nCount    : 37\nAverage  : \nSum      : \n\n", nil, 0, 0, 37},
	{"grouped counts", "Count Name                      Group\n----- ----                      -----\n   13 n2                        {HealthMailbox1, HealthMailbox2...}\n    4 n1                        {HealthMailbox3}\n", nil, 0, 0, 17},
	{"count, then the list", "PS> (Get-Mailbox -Monitoring).Count\n1\nPS> Get-Mailbox -Monitoring | fl Name\nName : " + nameA + "\n", []string{nameA + "|||"}, 0, 0, 1},
	{
		"the same mailboxes twice", "PS> Get-Mailbox -Monitoring | ft Name,ServerName\nName ServerName\n---- ----------\n" + nameA + " n1\nPS> Get-Mailbox -Monitoring | fl Name,Database\nName : " + nameA + "\nDatabase : DB1\n",
		[]string{nameA + "||n1|DB1"},
		0, 0, -1,
	},
	{
		"accounts", "index: 0x1 RID: 0x2 acb: 0x210 Account: HealthMailbox0011223\tName: HealthMailbox-n1-001\tDesc: (null)\nindex: 0x2 RID: 0x3 acb: 0x210 Account: jane\tName: Jane Doe\tDesc: (null)\n",
		[]string{"HealthMailbox0011223|HealthMailbox-n1-001|n1|"},
		1, 0, -1,
	},
	{"bracketed accounts", "user:[HealthMailbox0011223] rid:[0x46e]\nuser:[SM_0123456789abcdef0] rid:[0x46c]\n", []string{"HealthMailbox0011223|||"}, 1, 0, -1},
	{"domain accounts", "LAB\\HealthMailbox0011223   enabled\n", []string{"HealthMailbox0011223|||"}, 0, 0, -1},
	{
		"identities", "Identity                                                                 IsValid\n--------                                                                 -------\nlab.example/Microsoft Exchange System Objects/Monitoring Mailboxes/" + nameA + " True\n",
		[]string{nameA + "|||"},
		0, 0, -1,
	},
	{"directory entry with a child", "dn: CN=" + nameA + ",CN=Monitoring Mailboxes,DC=x\ncn: " + nameA + "\n\ndn: CN=ExchangeActiveSyncDevices," + "CN=" + nameA + ",CN=Monitoring Mailboxes,DC=x\ncn: ExchangeActiveSyncDevices\n", []string{nameA + "|||"}, 1, 0, -1},
	{"base64 attribute", "dn: CN=" + nameA + ",DC=x\ndisplayName:: SGVhbHRoTWFpbGJveC1uMS0wMDE=\n", []string{nameA + "|HealthMailbox-n1-001|n1|"}, 0, 0, -1},
	{"warning records in JSON", `[{"Name":"` + nameA + `"},{"Message":"The object x/Monitoring Mailboxes/` + nameA + ` has been corrupted, and it's in an inconsistent state. The following validation errors happened:"},{"Message":"Database is mandatory on UserMailbox."}]`, []string{nameA + "|||!"}, 0, 0, -1},
	{"warnings without a label", "The object x/Monitoring Mailboxes/" + nameA + " has been corrupted, and it's in an inconsistent state. The following validation errors happened:\nDatabase is mandatory on UserMailbox.\nName : " + nameA + "\n", []string{nameA + "|||!"}, 0, 0, -1},
	{"blank records of merged warnings", "Name : \nServerName : \n\nName : " + nameA + "\nServerName : n1\n", []string{nameA + "||n1|"}, 0, 0, -1},
}

func TestRead(t *testing.T) {
	for _, c := range readCases {
		listing, err := Read(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
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
		if strings.Join(rows, "\n") != strings.Join(c.rows, "\n") {
			t.Errorf("%s:\nwant %q\ngot  %q", c.name, c.rows, rows)
		}
		count := -1
		if listing.Count != nil {
			count = *listing.Count
		}
		if listing.OtherCount != c.others || listing.ArchiveCount != c.archives || count != c.count {
			t.Errorf("%s: others %d (%q), archives %d, count %d", c.name, listing.OtherCount, listing.Others, listing.ArchiveCount, count)
		}
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
	{"prose", "\n\nPlease restart the server tonight.", 3, "no part of"},
	{"a sentence about a mailbox", "The probe of " + nameA + " is not able to log on to the store.", 1, "no part of"},
	{"cut JSON", "[\n {\"Name\":\"" + nameA + "\"},\n {\"Name\":", 3, "JSON"},
	{"bad JSON record", "[\n {\"Name\":\"" + nameA + "\"},\n {\"Name\":\"" + nameB + "\"},\n {\"Name\" \"" + nameC + "\"}\n]\n", 4, "JSON"},
	{"endless noise", strings.Repeat("a:b\n", maxUnread+5), 1, "no part of"},
	{"empty JSON", "[]", 1, "no mailbox"},
	{"JSON followed by text", "[{\"Name\":\"" + nameA + "\"}]\nend of list", 2, "JSON"},
	{"cut CSV", "\"Name\",\"Database\"\n\"" + nameA + "\",\"DB1\"\n\"Health", 3, "CSV"},
	{"short CSV row", "Name,Database\n" + nameA + "\n", 2, "fields"},
	{"CSV header only", "Name,Database\n", 1, "no rows"},
	{"XML", "<Objs Version=\"1.1\">", 1, "XML"},
	{"event", "Event code: 3005\nException type: HttpException\n", 1, "event"},
	{"exception", "System.ApplicationException: probe failed\n   at X.Y()", 1, "exception"},
	{"unknown command", "Get-Mailbox : The term 'x'\nThe term is not recognized as a name", 2, "error message"},
	{"nul", "Name\nHealth\x00", 2, "NUL"},
	{"header only", "Name ServerName\n---- ----------\n", 1, "no mailbox"},
}

func TestReadRefusesWithTheLine(t *testing.T) {
	for _, c := range unreadable {
		listing, err := Read(c.text)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: %v, %s", c.name, err, toJSON(listing))
			continue
		}
		if syntax.Line != c.line || !strings.Contains(syntax.Reason, c.reason) || strings.HasSuffix(err.Error(), ".") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := Read(strings.Repeat(" ", MaxInputBytes+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
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
		if got, _ := placeOf(display, servers); got != want {
			t.Errorf("%s: %+v", display, got)
		}
	}
}
