package provider

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// Values are built by hand: the framework's reflecting helpers cost thirty times
// as much, which shows with lists of thousands.

// values are the attributes of an object by name.
type values map[string]attr.Value

// of makes the object; a missing or surplus name is a mistake in this package.
func (v values) of(s shape) basetypes.ObjectValue { return types.ObjectValueMust(s.types(), v) }

// setState makes the values the whole state of a data source or resource.
func setState(ctx context.Context, state *tfsdk.State, v values) diag.Diagnostics {
	object, diags := stateObject(state, v)
	if diags.HasError() {
		return diags
	}
	return state.Set(ctx, object)
}

// setLongState is setState for data sources that list a hundred thousand objects. For each null of a state the
// framework looks its path up in the schema, and copies all attributes at each step of the path. The state is
// complete here, so the schema beside it needs to know its type only.
func setLongState(ctx context.Context, state *tfsdk.State, v values) diag.Diagnostics {
	object, diags := stateObject(state, v)
	if diags.HasError() {
		return diags
	}
	raw, err := object.ToTerraformValue(ctx)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to set the state", sentence(err))}
	}
	*state = tfsdk.State{Raw: raw, Schema: typeOnly{object: object.Type(ctx)}}
	return nil
}

func stateObject(state *tfsdk.State, v values) (types.Object, diag.Diagnostics) {
	whole, ok := state.Schema.Type().(attr.TypeWithAttributeTypes)
	if !ok {
		return types.Object{}, diag.Diagnostics{
			diag.NewErrorDiagnostic(
				"Unable to set the state",
				"The schema is not an object. This is a mistake in the provider; please report it.",
			),
		}
	}
	return types.ObjectValue(whole.AttributeTypes(), v)
}

// typeOnly is a schema without attributes that still tells their types.
type typeOnly struct {
	schema.Schema
	object attr.Type
}

func (s typeOnly) Type() attr.Type { return s.object }

func (s typeOnly) TypeAtTerraformPath(_ context.Context, p *tftypes.AttributePath) (attr.Type, error) {
	found, _, err := tftypes.WalkAttributePath(s.object, p)
	if t, ok := found.(attr.Type); ok && err == nil {
		return t, nil
	}
	return nil, fmt.Errorf("no type at %s: %w", p, err)
}

// objectsValue is a list of objects of one shape, whose type is made once.
func objectsValue[T any](s shape, in []T, value func(T) values) types.List {
	elem := s.object()
	return listValue(elem, in, func(e T) attr.Value { return types.ObjectValueMust(elem.AttrTypes, value(e)) })
}

func stringsValue(in []string) types.List {
	return listValue(types.StringType, in, func(s string) attr.Value { return types.StringValue(s) })
}

func prefixesValue(in []netip.Prefix) types.List {
	return listValue(types.StringType, in, func(p netip.Prefix) attr.Value { return types.StringValue(p.String()) })
}

func integersValue(in []int) types.List {
	return listValue(integer, in, func(n int) attr.Value { return types.Int64Value(int64(n)) })
}

func listValue[T any](elem attr.Type, in []T, value func(T) attr.Value) types.List {
	out := make([]attr.Value, len(in))
	for i, e := range in {
		out[i] = value(e)
	}
	return types.ListValueMust(elem, out)
}

// byFamilyValue has the keys of the families that occur, and no others: for_each
// over it then never makes a rule with an empty list.
func byFamilyValue(in []netip.Prefix) types.Map {
	out := map[string]attr.Value{}
	ipv4, ipv6 := cidr.SplitFamilies(in)
	if len(ipv4) > 0 {
		out[allowlist.IPv4] = prefixesValue(ipv4)
	}
	if len(ipv6) > 0 {
		out[allowlist.IPv6] = prefixesValue(ipv6)
	}
	return types.MapValueMust(stringList, out)
}
