package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// cidrFunctions are the set algebra on prefixes.
func cidrFunctions() []pureFunction {
	return []pureFunction{
		{
			name: "cidr_merge",
			definition: function.Definition{
				Summary:             "Merges prefixes into the smallest list with exactly the same addresses.",
				MarkdownDescription: "Returns the smallest list of prefixes that covers exactly the addresses of `cidrs`, both families, in numeric order, IPv4 first. It never widens. An empty list stays empty.",
				Parameters: []function.Parameter{function.ListParameter{
					Name: "cidrs", ElementType: types.StringType, AllowNullValue: false,
					MarkdownDescription: "Prefixes and bare addresses, IPv4 and IPv6.",
				}},
				Return: function.ListReturn{ElementType: types.StringType},
			},
			run: func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
				var list types.List
				if resp.Error = req.Arguments.Get(ctx, &list); resp.Error != nil {
					return
				}
				elements, err := elementsOf(list)
				if err != nil {
					resp.Error = argumentError(0, err)
					return
				}
				prefixes, err := cidr.ParseAll(elements)
				if err != nil {
					resp.Error = argumentError(0, err)
					return
				}
				resp.Error = resp.Result.Set(ctx, prefixesValue(cidr.Merge(prefixes)))
			},
		},
	}
}
