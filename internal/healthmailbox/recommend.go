package healthmailbox

import (
	"fmt"
	"slices"
	"strings"
)

// Procedures group steps of the recommendations.
const (
	procedureCollect = "collect"               // read-only: gather evidence
	procedureRebuild = "rebuild"               // the safer, later order: stop the Health Manager everywhere first
	procedureArticle = "rebuild_article_order" // the order of the article ArticleTitle, instead of "rebuild"
	procedureCreate  = "create_missing"        // nothing is deleted
	procedureOther   = "other"
)

const (
	// maxNamedTargets is how many mailboxes a command names; beyond that it selects them by filter.
	maxNamedTargets = 50

	commandForest  = "Set-ADServerSettings -ViewEntireForest $true\n"
	commandCollect = commandForest +
		"& { Get-Mailbox -Monitoring -ResultSize Unlimited | Format-List Name,DisplayName,ServerName,Database,IsValid } " +
		"3>&1 | Out-File -FilePath .\\health-mailboxes.txt -Encoding utf8 -Width 500"
	commandServers = "Get-ExchangeServer | Format-List Name,ServerRole,AdminDisplayVersion\n" +
		"Get-MailboxDatabase | Where-Object { -not $_.Recovery } | Format-List Name,Servers"
	everyServer = "Get-ExchangeServer | Where-Object { $_.AdminDisplayVersion -like 'Version 15*' -and -not " +
		"$_.IsEdgeServer } | ForEach-Object { Get-Service -ComputerName $_.Fqdn -Name MSExchangeHM }"
	commandStop    = everyServer + " | Stop-Service"
	commandStart   = everyServer + " | Start-Service"
	commandRestart = everyServer + " | Restart-Service"
	commandWait    = "repadmin /replsummary"
	commandDomain  = "$container = 'CN=Monitoring Mailboxes,CN=Microsoft Exchange System Objects,' + " +
		"(Get-ADDomain).DistinguishedName\n"
	scopeServers  = "every Exchange 2013 or later server except Edge"
	scopeShell    = "Exchange Management Shell, read-only"
	cautionDelete = "Only health mailboxes: never SystemMailbox{...}, FederatedEmail, Migration, " +
		"DiscoverySearchMailbox or SM_ accounts outside the Monitoring Mailboxes container."
	cautionSchedule = "This is a repair, not maintenance: do not put it on a schedule."
)

func (a *assessment) step(procedure, title, command, scope, caution, reason string) {
	r := &a.report
	r.Recommendations = append(r.Recommendations, Step{
		len(r.Recommendations) + 1, procedure, title, command, scope,
		caution, reason,
	})
}

// recommend lists the steps that apply, evidence first.
func (a *assessment) recommend() {
	r := &a.report
	if a.listing == nil || a.cut || a.foreign || !r.CorruptedKnown || r.ObservedCount == nil {
		a.stepCollect("Collect a complete listing", a.whyCollect())
	}
	if r.ExpectedCount == nil {
		a.step(procedureCollect, "Collect versions and database copies", commandServers, scopeShell, "",
			"The expected number follows from each server's version, the database copies it holds and its client access role.")
	}
	rebuild := len(r.Corrupted) > 0 || positive(r.SurplusCount) ||
		a.kinds["duplicate_display_name"]+a.kinds["stale_server"]+a.kinds["stale_database"] > 0
	switch {
	case rebuild:
		a.recommendRebuild()
	case positive(r.MissingCount):
		a.step(procedureCreate, "Restart the Health Manager", commandRestart, scopeServers, "",
			"The Health Manager creates missing health mailboxes when it starts; nothing has to be deleted for that.")
		a.step(procedureCreate, "Wait for replication", commandWait, "all domain controllers", "", "The new accounts "+
			"must be known everywhere before they are counted.")
		a.stepVerify(procedureCreate)
	}
	if a.problemWithPrefix() {
		a.recommendProtection()
	}
	a.recommendArbitration()
}

func (a *assessment) stepCollect(title, reason string) {
	a.step(procedureCollect, title, commandCollect, scopeShell,
		"Without the whole-forest view the shell sees one domain only; a plain > would lose the warnings that name "+
			"corrupted mailboxes. Read the saved file as a file: it stays out of the Terraform state then.", reason)
}

func (a *assessment) whyCollect() string {
	switch {
	case a.listing == nil:
		return "No listing was given. The expected number alone says nothing about the mailboxes that exist."
	case a.foreign:
		return "The listing shows no health mailbox; -Monitoring was probably left out."
	case a.cut:
		return "The listing is incomplete or may be, so missing mailboxes cannot be counted."
	case a.report.ObservedCount == nil:
		return "Only warnings were saved, not the mailboxes themselves."
	}
	return "The listing cannot show corruption: it holds no warnings and no Database or IsValid property."
}

func (a *assessment) stepVerify(procedure string) {
	want := "the number the count rule gives"
	if n := a.report.ExpectedCount; n != nil {
		want = fmt.Sprintf("%d mailboxes", *n)
	}
	a.step(procedure, "Verify", commandCollect, scopeShell, "Allow the Health Manager some minutes after its start.",
		"The new listing should show "+want+" and no warning.")
}

// recommendRebuild gives the safer order, then the article's as an alternative.
func (a *assessment) recommendRebuild() {
	disable, remove, scope, caution := a.removal()
	a.step(procedureRebuild, "Stop the Health Manager on all servers", commandStop, scopeServers,
		"Managed Availability does not watch or repair anything until it is started again. "+cautionSchedule,
		"A running Health Manager recreates mailboxes while their deletion still replicates, which leaves duplicates and "+
			"half-deleted ones.")
	a.step(procedureRebuild, "Disable the mailboxes", disable, scope, cautionDelete+" Leave the confirmation prompts "+
		"on."+caution,
		"Disable-Mailbox removes the mailbox and leaves the account; one without a database may refuse and is removed by "+
			"the next step.")
	a.step(procedureRebuild, "Delete the accounts in Active Directory", remove, "the Monitoring Mailboxes container; "+
		"repeat in every domain that has one",
		cautionDelete+" The deletion must be recursive because accounts can hold ActiveSync device objects."+caution,
		"The account is what the Health Manager looks for; it creates a new one only when the old one is gone.")
	a.step(procedureRebuild, "Wait for replication", commandWait, "all domain controllers", "Do not start any server "+
		"while deletions are not replicated everywhere.",
		"A server that still sees the old accounts would use them again.")
	a.step(procedureRebuild, "Start the Health Manager on all servers", commandStart, scopeServers, "", "At its start "+
		"it creates the mailboxes that are missing.")
	a.stepVerify(procedureRebuild)

	instead := "This is the order of the article \"" + ArticleTitle + "\" (" + ArticleURL + "), to be followed " +
		"instead of the steps above, not after them."
	a.step(procedureArticle, "Alternative: delete the accounts first", remove, "the Monitoring Mailboxes container in "+
		"Active Directory Users and Computers",
		instead+" "+cautionDelete+caution,
		"The article deletes the accounts while the Health Manager runs ("+sourceArticle+"); later practice "+
			"stops it first ("+sourceScripts+").")
	a.step(procedureArticle, "Alternative: wait for replication", commandWait, "all domain "+
		"controllers", instead, "The deletion must be known everywhere before the restart.")
	a.step(procedureArticle, "Alternative: restart the Health "+
		"Manager", commandRestart, scopeServers, instead, "At its start the service creates the mailboxes that are missing.")
	a.step(procedureArticle, "Alternative: wait again, then verify", commandWait+"\n"+commandCollect, "all domain "+
		"controllers, then the shell", instead, "The article checks the listing only after the new accounts have replicated.")
}

// removal builds the two deleting commands: for the named mailboxes when all can be named, else for all.
func (a *assessment) removal() (disable, remove, scope, caution string) {
	targets := slices.Clone(a.corruptedRows)
	named := true
	if positive(a.report.SurplusCount) || a.kinds["stale_server"]+a.kinds["stale_database"] > 0 {
		targets = append(targets, a.surplusRows...)
		named = a.surplusNamed
	}
	if a.kinds["duplicate_display_name"] > 0 {
		targets = append(targets, a.duplicates()...)
	}
	if len(targets) > 2*maxNamedTargets {
		targets, named = nil, false
	}
	common, display, unsafe := splitTargets(targets)
	if unsafe > 0 {
		caution = fmt.Sprintf(" %d of the mailboxes have no complete name, or one that is not safe to put into a "+
			"command; the commands therefore select all health mailboxes.", unsafe)
	}
	if !named || unsafe > 0 || len(common)+len(display) == 0 || len(common)+len(display) > maxNamedTargets {
		return commandForest + "Get-Mailbox -Monitoring -ResultSize Unlimited | Disable-Mailbox",
			commandDomain + "Get-ADUser -SearchBase $container -LDAPFilter '(cn=HealthMailbox*)' | Remove-ADObject -Recursive",
			"all health mailboxes; they are created again", caution
	}
	var disables, removes []string
	if len(common) > 0 {
		disables = append(disables, quoteAll(common)+" | ForEach-Object { Get-Mailbox -Monitoring -Identity $_ } | "+
			"Disable-Mailbox")
		removes = append(removes, quoteAll(common)+" | ForEach-Object { Get-ADUser -SearchBase $container -LDAPFilter "+
			"\"(cn=$_)\" } | Remove-ADObject -Recursive")
	}
	if len(display) > 0 {
		disables = append(disables, "$names = "+quoteAll(display)+"\nGet-Mailbox -Monitoring -ResultSize Unlimited | "+
			"Where-Object { $names -contains $_.DisplayName } | Disable-Mailbox")
		removes = append(removes, quoteAll(display)+" | ForEach-Object { Get-ADUser -SearchBase $container -LDAPFilter "+
			"\"(displayName=$_)\" } | Remove-ADObject -Recursive")
	}
	return commandForest + strings.Join(disables, "\n"), commandDomain + strings.Join(removes, "\n"),
		fmt.Sprintf("the %d health mailboxes named in the command", len(common)+len(display)), caution
}

// duplicates are the display names that occur more than once.
func (a *assessment) duplicates() []target {
	seen := map[string]int{}
	var out []target
	for i := range a.rows {
		id := keyOf(a.rows[i].DisplayName)
		if _, cut := cutEllipsis(id); formOf(id) != displayName || cut {
			continue
		}
		if seen[id]++; seen[id] == 2 {
			out = append(out, target{display: a.rows[i].DisplayName})
		}
	}
	return out
}

// splitTargets sorts mailboxes by how a command can name them; unsafe counts those it cannot.
func splitTargets(targets []target) (common, display []string, unsafe int) {
	for _, t := range targets {
		switch {
		case t.name != "":
			common = append(common, t.name)
		case formOf(t.display) == displayName && isSafeName(t.display):
			display = append(display, t.display)
		default:
			unsafe++
		}
	}
	slices.Sort(common)
	slices.Sort(display)
	return slices.Compact(common), slices.Compact(display), unsafe
}

func (a *assessment) problemWithPrefix() bool {
	for _, f := range a.report.Findings {
		if f.ID == "server_name_prefix" && f.Severity == SeverityWarning {
			return true
		}
	}
	return false
}

// recommendProtection covers the servers whose names start with another server's name and a hyphen.
func (a *assessment) recommendProtection() {
	var lines []string
	for _, f := range a.report.Findings {
		_, longer, ok := strings.Cut(f.Subject, ", ")
		if f.ID != "server_name_prefix" || f.Severity != SeverityWarning || !ok || !isSafeName(longer) ||
			len(lines) == maxNamedTargets {
			continue
		}
		line := "Get-ADUser -SearchBase $container " +
			"-LDAPFilter " + quote("(displayName=HealthMailbox-"+longer+"-*)") + " | Set-ADObject " +
			"-ProtectedFromAccidentalDeletion $true"
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	command := ""
	if len(lines) > 0 {
		command = commandDomain + strings.Join(lines, "\n")
	}
	a.step(procedureOther, "Protect the health mailboxes of servers with the longer name", command, "the Monitoring "+
		"Mailboxes container; repeat in every domain that has one",
		"Lift the protection before you delete such a mailbox on purpose. Name new servers so that no name is another "+
			"one followed by a hyphen.",
		"The clean-up of the server with the shorter name deletes them every hour otherwise ("+sourceCleaner+").")
}

// recommendArbitration says what to do instead of deleting.
func (a *assessment) recommendArbitration() {
	if len(a.arbitration) == 0 {
		return
	}
	var lines []string
	for _, w := range a.arbitration {
		if isSafeSystemName(w.Name) && len(lines) < maxNamedTargets {
			lines = append(lines, "Set-Mailbox -Arbitration -Identity "+quote(w.Name)+" -Database $database")
		}
	}
	command := ""
	if len(lines) > 0 {
		command = "$database = Read-Host 'Name of a mounted mailbox database'\n" + strings.Join(lines, "\n")
	}
	a.step(procedureOther, "Give the arbitration mailboxes a database; do not delete them", command, "Exchange "+
		"Management Shell",
		"Deleting them is the wrong repair: approvals, searches, migration batches, federation and the offline address "+
			"book depend on them. If an account is gone, Setup /PrepareAD and Enable-Mailbox -Arbitration make it again.",
		"Their message looks like that of a corrupted health mailbox, but the remedy differs ("+sourceArbitrate+").")
}
