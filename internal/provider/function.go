package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// pureFunction is a provider function: a value of its arguments and the binary
// alone. Terraform evaluates functions more than once and fails an apply when
// the answers differ, so they use no clock, file or network.
type pureFunction struct {
	name       string
	definition function.Definition
	run        func(ctx context.Context, req function.RunRequest, resp *function.RunResponse)
}

var _ function.Function = pureFunction{}

func (f pureFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = f.name
}

func (f pureFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = f.definition
}

func (f pureFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	f.run(ctx, req, resp)
}

// argumentError blames an argument for a domain error. Its text ends without a
// period, because the CLI adds one.
func argumentError(argument int64, err error) *function.FuncError {
	return function.NewArgumentFuncError(argument, err.Error())
}

// elementsOf reads a list argument; a null or unknown element is a
// *cidr.ElementError, as an unreadable one will be.
func elementsOf(list types.List) ([]string, error) {
	elements := list.Elements()
	out := make([]string, len(elements))
	for i, e := range elements {
		s, ok := e.(types.String)
		if !ok || s.IsNull() || s.IsUnknown() {
			return nil, &cidr.ElementError{Index: i, Err: errors.New("is null; leave it out")}
		}
		out[i] = s.ValueString()
	}
	return out, nil
}
