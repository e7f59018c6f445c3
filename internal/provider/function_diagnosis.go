package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// diagnosisFunctions read texts that administrators have and say what they mean.
func diagnosisFunctions(directory openDirectory) []pureFunction {
	return []pureFunction{
		smtpFailureFunction(directory),
		smtpFailuresFunction(directory),
		eventDiagnosisFunction(),
		healthMailboxesFunction(),
	}
}

var (
	errNoText  = errors.New("is null; leave the element out")
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
