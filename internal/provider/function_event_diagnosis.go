package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/eop-firewall/terraform-provider-eop/internal/exchangeevent"
)

func eventDiagnosisFunction() pureFunction {
	return pureFunction{
		name: "event_diagnosis",
		definition: function.Definition{
			Summary: "Says what causes an Exchange event, first of all whether a corrupted health mailbox causes 1309/3005.",
			MarkdownDescription: "Returns whether an event log entry (ASP.NET 1309 with event code 3005), an exception or a " +
				"probe result is caused by a corrupted health mailbox, how sure that is, and which other known cause it has " +
				"instead, such as an expired auth certificate. " +
				nothingExecutedDoc + " An empty text is an error.\n\nThe case is described in " + articleLink + ".\n\nFields:\n\n" +
				eventDiagnosisShape.markdown(),
			Parameters: []function.Parameter{function.StringParameter{
				Name: "text",
				MarkdownDescription: "The event, as complete as it can be had: with exception type, message, request path and " +
					"user.",
			}},
			Return: function.ObjectReturn{AttributeTypes: eventDiagnosisShape.types()},
		},
		run: onText(diagnoseEvent),
	}
}

func diagnoseEvent(text string) (attr.Value, error) {
	d, err := exchangeevent.Diagnose(text)
	if err != nil {
		return nil, err
	}
	return eventDiagnosisValue(d), nil
}
