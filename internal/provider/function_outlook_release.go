package provider

import (
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/outlookclient"
)

var outlookReleaseAnswerShape = slices.Concat(outlookReleaseShape, shape{
	{
		name: "as_of", typ: types.StringType,
		doc: "The day of the decision on support, `YYYY-MM-DD`: that on which the table of releases was last checked.",
	},
})

// outlookFunctions know Outlook builds.
func outlookFunctions() []pureFunction {
	day := outlookclient.CheckedOn().Format(time.DateOnly)
	return []pureFunction{{
		name: "outlook_release",
		definition: function.Definition{
			Summary: "Says which Outlook a build is, and whether it can connect to Exchange Online.",
			MarkdownDescription: "Returns what `eop_outlook_clients` says of a build: its release, and whether it can connect " +
				"to Exchange Online, is supported there as of " + day + ", and works where EWS is off. Builds " +
				"are compared as numbers. An unknown build is not an error: `known` is false and `nearest` names " +
				"the closest release. A text that is not a build is an error.\n\nFields:\n\n" +
				outlookReleaseAnswerShape.markdown(),
			Parameters: []function.Parameter{function.StringParameter{
				Name: "version",
				MarkdownDescription: "The build as the logs or Outlook's About dialog have it, with four numbers, " +
					"`16.0.17932.20742`, or the first three, `16.0.17932`.",
			}},
			Return: function.ObjectReturn{AttributeTypes: outlookReleaseAnswerShape.types()},
		},
		run: onText(outlookRelease),
	}}
}

func outlookRelease(version string) (attr.Value, error) {
	b, err := outlookclient.ParseBuild(version)
	if err != nil {
		return nil, err
	}
	day := outlookclient.CheckedOn()
	answer := outlookReleaseValues(outlookclient.Judge(b, day))
	answer["as_of"] = types.StringValue(day.Format(time.DateOnly))
	return answer.of(outlookReleaseAnswerShape), nil
}
