package provider

import (
	"context"
	"errors"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// cidrFunction is a function on lists of prefixes. An error of answer is about
// the first argument.
type cidrFunction struct {
	name, summary, doc string
	parameters         []cidrParameter
	returns            function.Return
	answer             func(arguments) (attr.Value, error)
}

// arguments are the prefixes of each argument, in the order of the parameters.
type arguments [][]netip.Prefix

// cidrParameter is a list of prefixes, or a single one, which reads as a list of one.
type cidrParameter struct {
	name, doc string
	single    bool
}

func prefixes(name, doc string) cidrParameter { return cidrParameter{name: name, doc: doc} }

func (p cidrParameter) parameter() function.Parameter {
	if p.single {
		return function.StringParameter{Name: p.name, MarkdownDescription: p.doc}
	}
	return function.ListParameter{Name: p.name, ElementType: types.StringType, MarkdownDescription: p.doc}
}

func (f cidrFunction) pure() pureFunction {
	definition := function.Definition{Summary: f.summary, MarkdownDescription: f.doc, Return: f.returns}
	for _, p := range f.parameters {
		definition.Parameters = append(definition.Parameters, p.parameter())
	}
	return pureFunction{
		name:       f.name,
		definition: definition,
		run: func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
			in := make(arguments, len(f.parameters))
			for i := range in {
				if in[i], resp.Error = readPrefixes(ctx, req.Arguments, i); resp.Error != nil {
					return
				}
			}
			out, err := f.answer(in)
			if err != nil {
				resp.Error = argumentError(0, err)
				return
			}
			resp.Result = function.NewResultData(out) // Set would walk the value once more, to find the type it has
		},
	}
}

// readPrefixes reads one argument and blames it for what is wrong.
func readPrefixes(
	ctx context.Context,
	from function.ArgumentsData,
	argument int,
) ([]netip.Prefix, *function.FuncError) {
	// Asked for as attr.Value the framework hands it over; any other type costs a conversion of every element.
	var value attr.Value
	if err := from.GetArgument(ctx, argument, &value); err != nil {
		return nil, err
	}
	read, err := prefixesOf(value)
	if err != nil {
		return nil, argumentError(int64(argument), err)
	}
	return read, nil
}

var errNull = errors.New("is null; pass an empty list for no prefixes")

// prefixesOf parses a list of strings, or one string.
func prefixesOf(value attr.Value) ([]netip.Prefix, error) {
	if value.IsNull() || value.IsUnknown() {
		return nil, errNull
	}
	if single, ok := value.(types.String); ok {
		p, err := cidr.Parse(single.ValueString())
		return []netip.Prefix{p}, err
	}
	list, ok := value.(types.List)
	if !ok {
		return nil, errors.New("is no list of strings")
	}
	elements, err := elementsOf(list)
	if err != nil {
		return nil, err
	}
	return cidr.ParseAll(elements)
}
