package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
)

func healthMailboxesFunction() pureFunction {
	return pureFunction{
		name: "health_mailboxes",
		definition: function.Definition{
			Summary: "Reads a listing of Exchange health mailboxes and says what is wrong with them.",
			MarkdownDescription: "Returns the report of the data source `eop_health_mailboxes` for a listing alone: without " +
				"servers there is no expected count, so that `healthy` is never `true` here. " + nothingExecutedDoc + "\n\nA " +
				"function leaves nothing in the state, unlike the data source's `listing`. Terraform's `file()` " +
				"refuses the UTF-16 that PowerShell's `>` writes; the data source's `listing_file` reads it. A " +
				"text that is not a listing is an error with its line number and the command to " +
				"run.\n\nFields:\n\n" + healthReportShape.markdown(),
			Parameters: []function.Parameter{function.StringParameter{Name: "listing", MarkdownDescription: listingDoc}},
			Return:     function.ObjectReturn{AttributeTypes: healthReportShape.types()},
		},
		run: onText(assessListing),
	}
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
