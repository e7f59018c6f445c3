package provider

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

const (
	smtpProtocol = "tcp"
	orderDoc     = "in numeric order"
	digestDoc    = "Digest of the list, `sha256(join(\"\\n\", cidrs))`, in hex."
)

var ruleShape = shape{
	{name: "cidr", typ: types.StringType, doc: "The prefix, the same as the key."},
	{name: "family", typ: types.StringType, doc: "`ipv4` or `ipv6`."},
	{name: "ethertype", typ: types.StringType, doc: "`IPv4` or `IPv6`."},
	{name: "address", typ: types.StringType, doc: "Network address of the prefix."},
	{name: "prefix_length", typ: integer, doc: "Length of the prefix."},
	{name: "netmask", typ: types.StringType, doc: "Network mask, such as `255.254.0.0`. Null for IPv6."},
	{name: "host_or_cidr", typ: types.StringType, doc: "The prefix; the address alone if it is a /32 or /128."},
	{name: "protocol", typ: types.StringType, doc: "Always `tcp`."},
	{name: "from_port", typ: integer, doc: "Always `25`."},
	{name: "to_port", typ: integer, doc: "Always `25`."},
	{name: "port_range", typ: types.StringType, doc: "The port as text, `25`."},
	{
		name: "description",
		typ:  types.StringType,
		doc:  "Instance and purpose, the same in every version, in characters that every cloud accepts.",
	},
}

// prefixShape is what every accepted list offers to rules: the data source, the
// functions and the pin alike.
var prefixShape = shape{
	{
		name: "cidrs",
		typ:  stringList,
		doc: "The prefixes EOP sends from, as published: canonical, distinct, none inside another, neighbours not " +
			"merged, " + orderDoc + ", IPv4 first. Never null and never empty.",
	},
	{name: "ipv4_cidrs", typ: stringList, doc: "The IPv4 prefixes, " + orderDoc + "."},
	{name: "ipv6_cidrs", typ: stringList, doc: "The IPv6 prefixes, " + orderDoc + "."},
	{
		name: "by_family",
		typ:  familyLists,
		doc: "The prefixes under the keys `ipv4` and `ipv6`, for `for_each` on targets with one family per rule. " +
			"Only families that occur have a key.",
	},
	{
		name:   "rules",
		nest:   mapOf,
		fields: ruleShape,
		doc:    "One rule for each prefix, keyed by the prefix, for `for_each` on targets with one prefix per rule.",
	},
	{name: "sha256", typ: types.StringType, doc: digestDoc},
}

// allowlistShape is the SMTP allowlist as an object of data sources and functions.
var allowlistShape = slices.Concat(prefixShape, originShape, shape{
	{name: "instance", typ: types.StringType, doc: "The service instance the list belongs to."},
	{name: "version", typ: types.StringType, doc: "The version of the list."},
	{name: "port", typ: integer, doc: "The port the list is for, `25`."},
	{name: "protocol", typ: types.StringType, doc: "The protocol the list is for, `tcp`."},
	{
		name: "endpoint_set_ids",
		typ:  types.ListType{ElemType: integer},
		doc:  "Ids of the endpoint sets the prefixes come from. Empty for lists from before the web service.",
	},
	{
		name: "hostnames",
		typ:  stringList,
		doc: "Host names published with these sets, with `*` as wildcard. They are documentation: an inbound " +
			"rule cannot use them.",
	},
})

// prefixValues fills [prefixShape].
func prefixValues(rules []allowlist.Rule) values {
	prefixes := make([]string, len(rules))
	byCIDR := make(map[string]attr.Value, len(rules))
	parsed := make([]netip.Prefix, len(rules))
	for i, r := range rules {
		parsed[i] = r.Prefix
		prefixes[i] = r.Prefix.String()
		byCIDR[prefixes[i]] = ruleValue(prefixes[i], r)
	}
	ipv4, ipv6 := cidr.SplitFamilies(parsed)
	return values{
		"cidrs":      stringsValue(prefixes),
		"ipv4_cidrs": prefixesValue(ipv4),
		"ipv6_cidrs": prefixesValue(ipv6),
		"by_family":  byFamilyValue(parsed),
		"rules":      types.MapValueMust(ruleShape.object(), byCIDR),
		"sha256":     types.StringValue(allowlist.SHA256(parsed)),
	}
}

func ruleValue(prefix string, r allowlist.Rule) attr.Value {
	netmask := types.StringNull()
	if mask, ok := r.Netmask(); ok {
		netmask = types.StringValue(mask)
	}
	return values{
		"cidr":          types.StringValue(prefix),
		"family":        types.StringValue(r.Family()),
		"ethertype":     types.StringValue(r.Ethertype()),
		"address":       types.StringValue(r.Prefix.Addr().String()),
		"prefix_length": types.Int64Value(int64(r.Prefix.Bits())),
		"netmask":       netmask,
		"host_or_cidr":  types.StringValue(r.HostOrCIDR()),
		"protocol":      types.StringValue(smtpProtocol),
		"from_port":     types.Int64Value(endpoints.SMTPPort),
		"to_port":       types.Int64Value(endpoints.SMTPPort),
		"port_range":    types.StringValue(strconv.Itoa(endpoints.SMTPPort)),
		"description":   types.StringValue(r.Description),
	}.of(ruleShape)
}

// allowlistValues fills [allowlistShape] except its source.
func allowlistValues(a *allowlist.Allowlist) values {
	v := prefixValues(a.Rules())
	v["published"] = types.StringValue(a.Version.Published())
	v["instance"] = types.StringValue(string(a.Instance))
	v["version"] = types.StringValue(a.Version.String())
	v["port"] = types.Int64Value(endpoints.SMTPPort)
	v["protocol"] = types.StringValue(smtpProtocol)
	v["endpoint_set_ids"] = integersValue(a.SetIDs)
	v["hostnames"] = stringsValue(a.Hostnames)
	return v
}
