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
		eventDiagnosisFunction(),
		healthMailboxesFunction(),
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

const embeddedListDoc = "Addresses are compared with the newest list of every cloud in this version of the provider, without asking the web service, so that the same text always gets the same answer."
