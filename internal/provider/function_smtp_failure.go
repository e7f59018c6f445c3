package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

const (
	smtpTextDoc = "Message trace detail, bounce (also its source, `.eml`), `LastError` of a queue, connector " +
		"validation output, " +
		"export (CSV, JSON) or log, of a mail server or a firewall; also wrapped, retyped, or in another language " +
		"around its codes."

	smtpJudgementDoc = "Only what a server said and what a socket did is evidence: subjects, names and prose are not. " +
		"The innermost reply counts, not the wrapper: 4.4.101 and 4.4.317 carry TLS and certificate failures, too.\n\n" +
		"Addresses are compared with the lists of every cloud in this version of the provider, without asking the web " +
		"service, so that the same text always gets the same answer."
)

func smtpFailureFunction(directory openDirectory) pureFunction {
	return pureFunction{
		name: "smtp_failure",
		definition: function.Definition{
			Summary: "Says what an SMTP error text points at, and whether the firewall's allowlist is suspect.",
			MarkdownDescription: "Returns what a failed delivery or a firewall's log line points at. Of several failures " +
				"in the text " +
				"it returns the most suspicious one. A text in which nothing is recognized has the class `unknown`; an empty " +
				"text is an error.\n\n" + smtpJudgementDoc + "\n\nFrom a file, in a folder whose `required_providers` name " +
				"this provider:\n\n```shell\n" +
				"echo 'provider::eop::smtp_failure(file(\"ndr.txt\"))' | terraform console\n```\n\n" +
				"What `file()` refuses, such as UTF-16, the data source `eop_smtp_failures` reads.\n\nFields:\n\n" +
				smtpFailureShape.markdown(),
			Parameters: []function.Parameter{function.StringParameter{Name: "text", MarkdownDescription: smtpTextDoc}},
			Return:     function.ObjectReturn{AttributeTypes: smtpFailureShape.types()},
		},
		run: onText(func(text string) (attr.Value, error) {
			known, err := directory()
			if err != nil {
				return nil, err
			}
			d, err := smtpfailure.Diagnose(text, known)
			if err != nil {
				return nil, err
			}
			return mostSuspiciousValue(d), nil
		}),
	}
}

func smtpFailuresFunction(directory openDirectory) pureFunction {
	return pureFunction{
		name: "smtp_failures",
		definition: function.Definition{
			Summary: "Says what each failure in several SMTP error texts points at.",
			MarkdownDescription: "Returns every failure in the texts, in their order; a text can have several. A text in " +
				"which " +
				"nothing is recognized gives one element of class `unknown`. An empty list stays empty; an empty text is an " +
				"error that names its index.\n\n" + smtpJudgementDoc + "\n\nFields of each element:\n\n" +
				indexedFailureShape.markdown(),
			Parameters: []function.Parameter{function.ListParameter{
				Name: "texts", ElementType: types.StringType,
				MarkdownDescription: "Error texts, each as `smtp_failure` takes it.",
			}},
			Return: function.ListReturn{ElementType: indexedFailureShape.object()},
		},
		run: func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
			known, err := directory()
			if err != nil {
				resp.Error = argumentError(0, err)
				return
			}
			runSMTPFailures(ctx, known, req, resp)
		},
	}
}

func runSMTPFailures(
	ctx context.Context, known smtpfailure.Directory, req function.RunRequest, resp *function.RunResponse,
) {
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
	out := []attr.Value{}
	for i, text := range texts {
		failures, err := smtpfailure.Read(text, known)
		if err != nil {
			resp.Error = argumentError(0, &cidr.ElementError{Index: i, Err: err})
			return
		}
		for _, d := range failures.All() {
			out = append(out, indexedFailureValue(i, d))
		}
	}
	resp.Error = resp.Result.Set(ctx, types.ListValueMust(indexedFailureShape.object(), out))
}
