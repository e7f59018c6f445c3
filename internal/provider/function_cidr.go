package provider

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// maxOverlaps is where cidr_overlaps gives up: a list with more pairs was put
// together wrongly, and n copies of one prefix make n²/2 of them.
const maxOverlaps = 10_000

var (
	overlapShape = shape{
		{
			name: "a",
			typ:  types.StringType,
			doc:  "The prefix that comes first in numeric order: it covers the other, or equals it.",
		},
		{name: "b", typ: types.StringType, doc: "The prefix inside it."},
	}
	countShape = shape{
		{name: "ipv4_addresses", typ: integer, doc: "IPv4 addresses, each counted once."},
		{name: "ipv6_addresses", typ: types.StringType, doc: "IPv6 addresses, each counted once, in decimal digits."},
		{name: "prefixes", typ: integer, doc: "Elements of the list, duplicates included."},
	}
	excludedShape = shape{
		{name: "cidrs", typ: stringList, doc: "What is left, merged, in numeric order, IPv4 first."},
		{name: "removed", nest: listOf, doc: "What was taken out, in numeric order.", fields: removedShape},
	}
	removedShape = shape{
		{name: "cidr", typ: types.StringType, doc: "The prefix taken out."},
		{
			name: "reason",
			typ:  types.StringType,
			doc:  "The special purpose of the block it lies in, as its registry calls it.",
		},
		{name: "reference", typ: types.StringType, doc: "The RFC that set the block aside."},
	}
)

// The shapes' types, worked out once: lists have an object for each element.
var (
	overlapTypes  = overlapShape.types()
	countTypes    = countShape.types()
	removedTypes  = removedShape.types()
	excludedTypes = excludedShape.types()
)

// cidrFunctions are the set algebra on prefixes.
func cidrFunctions() []pureFunction {
	cidrs := prefixes("cidrs", "Prefixes and bare addresses, IPv4 and IPv6.")
	return []pureFunction{
		cidrFunction{
			name:    "cidr_merge",
			summary: "Merges prefixes into the smallest list with exactly the same addresses.",
			doc: "Returns the smallest list of prefixes that covers exactly the addresses of `cidrs`, both families, in " +
				"numeric order, IPv4 first. It never widens. An empty list stays empty.\n\n" +
				"The union of two lists is `cidr_merge(concat(a, b))`.",
			parameters: []cidrParameter{cidrs},
			returns:    function.ListReturn{ElementType: types.StringType},
			answer:     func(in arguments) (attr.Value, error) { return prefixesValue(cidr.Merge(in[0])), nil },
		}.pure(),
		cidrFunction{
			name:    "cidr_subtract",
			summary: "Takes the addresses of one list out of another.",
			doc: "Returns exactly the addresses of `cidrs` that are not in `remove`, as the smallest list of prefixes in " +
				"numeric order, IPv4 first. A prefix that is removed in part is split.",
			parameters: []cidrParameter{
				cidrs, prefixes("remove", "Prefixes and bare addresses to take out; they need not be in `cidrs`."),
			},
			returns: function.ListReturn{ElementType: types.StringType},
			answer:  func(in arguments) (attr.Value, error) { return prefixesValue(cidr.Subtract(in[0], in[1])), nil },
		}.pure(),
		cidrFunction{
			name:    "cidr_intersect",
			summary: "Returns the addresses that two lists share.",
			doc: "Returns exactly the addresses that are in both lists, as the smallest list of prefixes in numeric " +
				"order, IPv4 first.",
			parameters: []cidrParameter{
				prefixes(
					"a",
					"Prefixes and bare addresses, IPv4 and IPv6.",
				), prefixes("b", "Prefixes and bare addresses, IPv4 and IPv6."),
			},
			returns: function.ListReturn{ElementType: types.StringType},
			answer:  func(in arguments) (attr.Value, error) { return prefixesValue(cidr.Intersect(in[0], in[1])), nil },
		}.pure(),
		cidrFunction{
			name:    "cidr_contains",
			summary: "Tells whether a list covers the whole of a prefix or address.",
			doc: "Returns `true` when every address of `cidr_or_address` is in the union of `cidrs`: two halves contain " +
				"their whole. A prefix covered in part, or of a family the list does not have, is `false`.",
			parameters: []cidrParameter{
				cidrs, {name: "cidr_or_address", doc: "A prefix or a bare address.", single: true},
			},
			returns: function.BoolReturn{},
			answer: func(in arguments) (attr.Value, error) {
				return types.BoolValue(cidr.Contains(in[0], in[1][0])), nil
			},
		}.pure(),
		cidrFunction{
			name:    "cidr_overlaps",
			summary: "Lists the pairs of prefixes that overlap.",
			doc: "Returns every pair of elements that share addresses, duplicates included, in numeric order. Azure refuses " +
				"a security rule with such a pair, and `cidr_merge` makes a list without any. " +
				fmt.Sprintf(
					"More than %d pairs are an error.\n\nFields of a pair:\n\n",
					maxOverlaps,
				) + overlapShape.markdown(),
			parameters: []cidrParameter{cidrs},
			returns:    function.ListReturn{ElementType: types.ObjectType{AttrTypes: overlapTypes}},
			answer:     overlaps,
		}.pure(),
		cidrFunction{
			name:    "cidr_by_family",
			summary: "Splits prefixes by address family.",
			doc: "Returns the prefixes under the keys `ipv4` and `ipv6`, each in the order given and in its canonical " +
				"form. A family that does not occur has no key, so that `for_each` over the result makes no rule for it: on " +
				"many targets a rule without addresses opens everything.",
			parameters: []cidrParameter{cidrs},
			returns:    function.MapReturn{ElementType: stringList},
			answer:     func(in arguments) (attr.Value, error) { return byFamilyValue(in[0]), nil },
		}.pure(),
		cidrFunction{
			name:    "cidr_count",
			summary: "Counts addresses and prefixes.",
			doc: "Returns how many addresses of each family the list covers, each counted once, and how many elements it " +
				"has. The count of IPv6 addresses is text, " +
				"because Terraform 1.8, `jq` and JavaScript round numbers beyond 2^53.\n\nFields:\n\n" + countShape.markdown(),
			parameters: []cidrParameter{cidrs},
			returns:    function.ObjectReturn{AttributeTypes: countTypes},
			answer:     func(in arguments) (attr.Value, error) { return countValue(cidr.CountOf(in[0])), nil },
		}.pure(),
		cidrFunction{
			name:    "cidr_exclude_special",
			summary: "Takes special-purpose addresses out of a list and says which and why.",
			doc: "Returns the list without private, loopback, documentation, multicast and other space of the IANA " +
				"special-purpose address registries, and what was taken out, with the reason for each. " +
				"No public mail comes from such addresses.\n\nFields:\n\n" + excludedShape.markdown(),
			parameters: []cidrParameter{cidrs},
			returns:    function.ObjectReturn{AttributeTypes: excludedTypes},
			answer:     func(in arguments) (attr.Value, error) { return excludedValue(cidr.ExcludeSpecial(in[0])), nil },
		}.pure(),
	}
}

func overlaps(in arguments) (attr.Value, error) {
	pairs, ok := cidr.Overlaps(in[0], maxOverlaps)
	if !ok {
		return nil, fmt.Errorf(
			"has more than %d overlapping pairs, the first %s and %s; cidr_merge makes a list without any",
			maxOverlaps,
			pairs[0].A,
			pairs[0].B,
		)
	}
	return listValue(types.ObjectType{AttrTypes: overlapTypes}, pairs, func(p cidr.Pair) attr.Value {
		return types.ObjectValueMust(overlapTypes, values{"a": prefixValue(p.A), "b": prefixValue(p.B)})
	}), nil
}

func countValue(c cidr.Count) attr.Value {
	return types.ObjectValueMust(countTypes, values{
		"ipv4_addresses": types.Int64Value(c.IPv4.Int64()),
		"ipv6_addresses": types.StringValue(c.IPv6.String()),
		"prefixes":       types.Int64Value(int64(c.Prefixes)),
	})
}

func excludedValue(kept []netip.Prefix, removed []cidr.Removed) attr.Value {
	return types.ObjectValueMust(excludedTypes, values{
		"cidrs": prefixesValue(kept),
		"removed": listValue(types.ObjectType{AttrTypes: removedTypes}, removed, func(r cidr.Removed) attr.Value {
			return types.ObjectValueMust(removedTypes, values{
				"cidr":      prefixValue(r.Prefix),
				"reason":    types.StringValue(r.Block.Name),
				"reference": types.StringValue(r.Block.RFC),
			})
		}),
	})
}

func prefixValue(p netip.Prefix) attr.Value { return types.StringValue(p.String()) }
