package provider

import (
	"context"
	"net/netip"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
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

func smtpFailureFunction(lists openLists) pureFunction {
	directory := directoryOf(lists)
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

func smtpFailuresFunction(lists openLists) pureFunction {
	directory := directoryOf(lists)
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

// listDirectory knows the SMTP lists of every cloud: an error text does not say which one it comes from.
type listDirectory struct {
	newest   *cidr.Set
	versions []listedSpace // by instance, oldest first
}

// listedSpace is an address space that an instance published from a version on.
type listedSpace struct {
	instance endpoints.Instance
	since    endpoints.Version
	space    *cidr.Set
}

// directoryOf reads the archive when a text is judged for the first time.
func directoryOf(lists openLists) func() (smtpfailure.Directory, error) {
	return sync.OnceValues(func() (smtpfailure.Directory, error) {
		known, err := lists()
		if err != nil {
			return nil, err
		}
		d := &listDirectory{}
		var all []netip.Prefix
		for _, instance := range endpoints.Instances() {
			history, err := known.SMTPHistory(instance)
			if err != nil {
				return nil, err
			}
			newest, served := known.Newest(instance)
			for _, e := range history {
				if e.Changed {
					d.versions = append(d.versions, listedSpace{instance, e.Version, cidr.SetOf(e.SMTP.Prefixes)})
				}
				if served && e.Version == newest {
					all = append(all, e.SMTP.Prefixes...)
				}
			}
		}
		d.newest = cidr.SetOf(all)
		return d, nil
	})
}

func (d *listDirectory) Lists(a netip.Addr) bool { return holds(d.newest, a) }

func (d *listDirectory) History(a netip.Addr) []smtpfailure.Listing {
	var out []smtpfailure.Listing
	listed := false
	for i, v := range d.versions {
		if i > 0 && d.versions[i-1].instance != v.instance {
			listed = false
		}
		switch now := holds(v.space, a); {
		case now && !listed:
			out = append(out, smtpfailure.Listing{Cloud: string(v.instance), Since: v.since.String()})
			listed = true
		case !now && listed:
			out[len(out)-1].Until = v.since.String()
			listed = false
		}
	}
	return out
}

func holds(space *cidr.Set, a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsValid() && space.ContainsPrefix(netip.PrefixFrom(a, a.BitLen()))
}
