package provider

import (
	"context"
	"errors"
	"net/netip"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

// diagnosisFunctions read texts that administrators have and say what they mean.
func diagnosisFunctions(lists openLists) []pureFunction {
	diagnoseSMTP := smtpDiagnosis(lists)
	text := function.StringParameter{
		Name:                "text",
		MarkdownDescription: "The error as it was found: message trace detail, bounce, `LastError` of a queue, connector validation output or a log line; also wrapped, retyped, or in another language around its codes.",
	}
	return []pureFunction{
		{
			name: "smtp_failure",
			definition: function.Definition{
				Summary: "Says what an SMTP error text points at, and whether the firewall's allowlist is suspect.",
				MarkdownDescription: "Returns what an SMTP deferral, bounce or log line points at. It judges by direction, target and innermost code rather than by the outer wrapper: 4.4.101 and 4.4.317 carry TLS and certificate failures, too. " +
					"A text in which nothing is recognized has the class `unknown`; an empty text is an error.\n\n" + embeddedListDoc + "\n\nFields:\n\n" + smtpFailureShape.markdown(),
				Parameters: []function.Parameter{text},
				Return:     function.ObjectReturn{AttributeTypes: smtpFailureShape.types()},
			},
			run: onText(diagnoseSMTP),
		},
		{
			name: "smtp_failures",
			definition: function.Definition{
				Summary:             "Says what each of several SMTP error texts points at.",
				MarkdownDescription: "Returns what `smtp_failure` says of each text, in the same order. An empty list stays empty; an empty text is an error that names its index.\n\n" + embeddedListDoc + "\n\nFields of each element:\n\n" + smtpFailureShape.markdown(),
				Parameters: []function.Parameter{function.ListParameter{
					Name: "texts", ElementType: types.StringType,
					MarkdownDescription: "Error texts, each as `smtp_failure` takes it.",
				}},
				Return: function.ListReturn{ElementType: smtpFailureShape.object()},
			},
			run: smtpFailures(diagnoseSMTP),
		},
		{
			name: "event_diagnosis",
			definition: function.Definition{
				Summary: "Says whether an event 1309/3005 is caused by a corrupted health mailbox.",
				MarkdownDescription: "Returns whether an event log entry (ASP.NET 1309 with event code 3005), an exception or a probe result is the health-mailbox case, how sure that is, and which other known cause it has instead. " +
					nothingExecutedDoc + " An empty text is an error.\n\nFields:\n\n" + eventDiagnosisShape.markdown(),
				Parameters: []function.Parameter{function.StringParameter{
					Name: "text", MarkdownDescription: "The event, as complete as it can be had: with exception type, message, request path and user.",
				}},
				Return: function.ObjectReturn{AttributeTypes: eventDiagnosisShape.types()},
			},
			run: onText(diagnoseEvent),
		},
		{
			name: "health_mailboxes",
			definition: function.Definition{
				Summary: "Reads a listing of Exchange health mailboxes and says what is wrong with them.",
				MarkdownDescription: "Returns the report of the data source `eop_health_mailboxes` for a listing alone: without servers there is no expected count, so that `healthy` is never `true` here. " +
					nothingExecutedDoc + "\n\nA function leaves nothing in the state, unlike the data source's `listing`. Terraform's `file()` refuses the UTF-16 that PowerShell's `>` writes; the data source's `listing_file` reads it. " +
					"A text that is no listing is an error with its line number.\n\nFields:\n\n" + healthReportShape.markdown(),
				Parameters: []function.Parameter{function.StringParameter{
					Name: "listing", MarkdownDescription: "Output of `Get-Mailbox -Monitoring` in any shape (Format-Table, Format-List, CSV, JSON and others), best with its warnings (`3>&1`).",
				}},
				Return: function.ObjectReturn{AttributeTypes: healthReportShape.types()},
			},
			run: onText(assessListing),
		},
	}
}

var (
	errNoText  = errors.New("is null; leave out what there is no text for")
	errNoTexts = errors.New("is null; pass an empty list for no texts")
)

// onText runs a function of one text.
func onText(answer func(string) (attr.Value, error)) func(context.Context, function.RunRequest, *function.RunResponse) {
	return func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
		var text types.String
		if resp.Error = req.Arguments.GetArgument(ctx, 0, &text); resp.Error != nil {
			return
		}
		if text.IsNull() {
			resp.Error = argumentError(0, errNoText)
			return
		}
		out, err := answer(text.ValueString())
		if err != nil {
			resp.Error = argumentError(0, err)
			return
		}
		resp.Error = resp.Result.Set(ctx, out)
	}
}

func smtpFailures(
	diagnose func(string) (attr.Value, error),
) func(context.Context, function.RunRequest, *function.RunResponse) {
	return func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
		var list types.List
		if resp.Error = req.Arguments.GetArgument(ctx, 0, &list); resp.Error != nil {
			return
		}
		if list.IsNull() {
			resp.Error = argumentError(0, errNoTexts)
			return
		}
		texts, err := elementsOf(list)
		if err != nil {
			resp.Error = argumentError(0, err)
			return
		}
		out := make([]attr.Value, len(texts))
		for i, text := range texts {
			one, err := diagnose(text)
			if err != nil {
				resp.Error = argumentError(0, &cidr.ElementError{Index: i, Err: err})
				return
			}
			out[i] = one
		}
		resp.Error = resp.Result.Set(ctx, types.ListValueMust(smtpFailureShape.object(), out))
	}
}

// smtpDiagnosis looks addresses up in the newest archived list of every cloud: an
// error text does not say which cloud it comes from.
func smtpDiagnosis(lists openLists) func(string) (attr.Value, error) {
	space := sync.OnceValues(func() (*cidr.Set, error) { return newestSMTPSpace(lists) })
	return func(text string) (attr.Value, error) {
		known, err := space()
		if err != nil {
			return nil, err
		}
		d, err := smtpfailure.Diagnose(text, func(a netip.Addr) bool {
			a = a.Unmap().WithZone("")
			return known.ContainsPrefix(netip.PrefixFrom(a, a.BitLen()))
		})
		if err != nil {
			return nil, err
		}
		return smtpFailureValue(d), nil
	}
}

func newestSMTPSpace(lists openLists) (*cidr.Set, error) {
	known, err := lists()
	if err != nil {
		return nil, err
	}
	var all []netip.Prefix
	for _, instance := range endpoints.Instances() {
		newest, ok := known.Newest(instance)
		if !ok {
			continue
		}
		list, err := known.List(instance, newest)
		if err != nil {
			return nil, err
		}
		smtp, _ := list.SMTP()
		all = append(all, smtp.Prefixes...)
	}
	return cidr.SetOf(all), nil
}

func diagnoseEvent(text string) (attr.Value, error) {
	d, err := healthmailbox.DiagnoseEvent(text)
	if err != nil {
		return nil, err
	}
	return eventDiagnosisValue(d), nil
}

func assessListing(text string) (attr.Value, error) {
	listing, err := healthmailbox.Read(text)
	if err != nil {
		return nil, err
	}
	report, err := healthmailbox.Assess(healthmailbox.Input{Listing: listing})
	if err != nil {
		return nil, err
	}
	return healthReportValues(report).of(healthReportShape), nil
}

const embeddedListDoc = "Addresses are compared with the newest list of every cloud in this version of the provider, without asking the web service, so that the same text always gets the same answer."
