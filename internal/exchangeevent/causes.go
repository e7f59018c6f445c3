package exchangeevent

import "github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"

// otherRule recognizes one cause: the text shows all marks of one alternative.
type otherRule struct {
	cause        OtherCause
	evidence     string
	alternatives [][]pastedtext.Pattern
}

func (r *otherRule) matches(lower string) bool {
	for _, marks := range r.alternatives {
		found := 0
		for _, mark := range marks {
			if mark().MatchString(lower) {
				found++
			}
		}
		if found == len(marks) {
			return true
		}
	}
	return false
}

// all is one alternative: marks as they are written in lower case and without blanks.
func all(marks ...string) []pastedtext.Pattern {
	out := make([]pastedtext.Pattern, len(marks))
	for i, mark := range marks {
		out[i] = pastedtext.NewPattern(mark)
	}
	return out
}

// others is the table of known other causes; the first that a text shows is its cause.
var others = []otherRule{
	{
		OtherCause{
			ID: "auth_certificate", Title: "The Exchange auth certificate is expired, missing or not published (OWA and ECP " +
				"fail)",
			Remedy: "Look the certificate up: (Get-AuthConfig).CurrentCertificateThumbprint | Get-ExchangeCertificate | " +
				"Format-List. " +
				"Where it is expired or missing, make a new one (New-ExchangeCertificate -SubjectName 'cn=Microsoft Exchange " +
				"Server Auth Certificate'), set it " +
				"(Set-AuthConfig -NewCertificateThumbprint, -NewCertificateEffectiveDate, then -PublishCertificate and " +
				"-ClearPreviousCertificate), " +
				"restart the application pools of OWA and ECP on all servers, and run the Hybrid Configuration Wizard again in " +
				"a hybrid deployment. It can take an hour to work.",
			Reference: "Microsoft Learn, Can't sign in to Outlook on the web or EAC if the Exchange Server OAuth " +
				"certificate is expired, " +
				"https://learn.microsoft.com/en-us/exchange/troubleshoot/administration/cannot-access-owa-or-ecp-if-oauth-expired",
		},
		"HMACProvider finds no protection certificate",
		[][]pastedtext.Pattern{all(`hmacprovider\.getcertificates`), all(`protectioncertificates\.length<1`)},
	},
	{
		OtherCause{
			ID: "shared_web_config", Title: "SharedWebConfig.config is missing",
			Remedy: "Create the file again with DependentAssemblyGenerator.exe from Exchange's bin folder where it is " +
				"missing, in ClientAccess or " +
				"FrontEnd\\HttpProxy, then restart IIS. It is known to be missing after security updates.",
			Reference: "Microsoft Learn, event-1309-code-3005-cannot-access-owa-ecp (KB3099532)",
		},
		"SharedWebConfig.config could not be found",
		[][]pastedtext.Pattern{
			all(`(?:couldnotfind|cannotfind|can'tfind|couldn'tfind|missing|filenotfound).{0,300}?sharedwebconfig\.config`),
			all(`sharedwebconfig\.config.{0,80}?(?:ismissing|missing|notfound|couldnotbefound|doesnotexist|doesn'texist)`),
		},
	},
	{
		OtherCause{
			ID: "update_incomplete", Title: "Files of a security update are missing (could not load file or assembly)",
			Remedy: "Install the same update again from an elevated command prompt: started without administrator rights it " +
				"leaves files of OWA and ECP out. " +
				"Then run UpdateCas.ps1 and UpdateConfigFiles.ps1 from Exchange's bin folder.",
			Reference: "MicrosoftDocs/OfficeDocs-Support, exchange-security-update-issues",
		},
		"an assembly of Exchange could not be loaded",
		[][]pastedtext.Pattern{all(`couldnotloadfileorassembly'?microsoft\.exchange`)},
	},
	{
		OtherCause{
			ID: "mapi_nspi_rpc", Title: "The MAPI address book virtual directory fails (/mapi/nspi, RpcObjectSetType)",
			Remedy: "Follow the article on clients that MAPI over HTTP disconnects (Exchange 2013); health mailboxes are " +
				"not involved.",
			Reference: "Microsoft Support KB3105690",
		},
		"the failing request is /mapi/nspi with RpcObjectSetType",
		[][]pastedtext.Pattern{all(`rpcobjectsettype`), all(`/mapi/nspi`, `httpexception`)},
	},
	{
		OtherCause{
			ID: "mrs_forbidden", Title: "A mailbox move gets 403 Forbidden from the MRS proxy",
			Remedy: "Enable the MRS proxy (Set-WebServicesVirtualDirectory -MRSProxyEnabled $true), off and on again where " +
				"it is shown as enabled already, " +
				"then restart IIS.",
			Reference: "Microsoft Learn, remote-server-returned-error-403-forbidden (KB3063913)",
		},
		"a mailbox move (MRS) was answered with 403",
		[][]pastedtext.Pattern{all(`mrsproxy|mailboxreplication`, `403|forbidden`), all(`mrsproxyserviceisdisabled`)},
	},
	{
		OtherCause{
			ID: "public_folder_database", Title: "A database refers to a deleted public folder database",
			Remedy: "Clear the reference to the deleted public folder database on the mailbox databases. Re-creating the " +
				"health mailbox does not help.",
			Reference: "Microsoft Support KB2962915",
		},
		"a probe reports UnknownUser or DatabaseNotFound for a health mailbox's legacy name",
		[][]pastedtext.Pattern{
			all(`unknownuser`, `databasenotfound|unabletomapuserdn`),
			all(`databasenotfoundexception`, `connectcallresult|monitoringmailboxes`),
		},
	},
	{
		OtherCause{
			ID: "address_policy", Title: "An e-mail address policy changed the health mailbox's SMTP address",
			Remedy: "Exempt the health mailboxes from the policy (EmailAddressPolicyEnabled $false) and set the primary " +
				"SMTP address to the user principal " +
				"name. No re-creation is needed.",
			Reference: "MicrosoftDocs/OfficeDocs-Support, scom-reports-unhealthy-health-sets",
		},
		"a probe did not find the monitoring mailbox by its user principal name",
		[][]pastedtext.Pattern{all(`monitoringmailbox.{1,200}?notfound!`), all(`resolverootorguser`, `notfound`)},
	},
	{
		OtherCause{
			ID: "arbitration_mailbox", Title: "An arbitration or system mailbox is corrupted",
			Remedy: "Give the mailbox a database (Set-Mailbox -Arbitration -Database). When the account is gone, Setup " +
				"/PrepareAD and Enable-Mailbox " +
				"-Arbitration make it again. Never delete it.",
			Reference: "Microsoft Learn, Recreating arbitration mailboxes; " +
				"https://learn.microsoft.com/en-us/answers/questions/142211",
		},
		"the corrupted object is an arbitration or system mailbox",
		[][]pastedtext.Pattern{all(`systemmailbox\{|federatedemail\.|migration\.8f3e7716|discoverysearchmailbox`,
			`corrupted|databaseismandatoryonusermailbox`)},
	},
}

var healthRemedies = []string{
	"List the health mailboxes with their warnings (Get-Mailbox -Monitoring -ResultSize Unlimited, warnings merged by " +
		"3>&1) and assess the listing: the corrupted and surplus ones are the cause.",
	"Stop the Health Manager (MSExchangeHM) on all servers, disable the broken health mailboxes, delete their " +
		"accounts recursively, and wait for replication.",
	"Start the Health Manager on all servers; it creates the mailboxes again. Then list and count them once more.",
}
