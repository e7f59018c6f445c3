package provider

import (
	"context"
	"maps"
	"net/netip"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

var _ datasource.DataSourceWithConfigure = (*endpointsDataSource)(nil)

func newEndpointsDataSource() datasource.DataSource { return &endpointsDataSource{} }

type endpointsDataSource struct{ listReader }

var portRangeShape = shape{
	{name: "from", typ: integer, doc: "First port."},
	{name: "to", typ: integer, doc: "Last port; the same as `from` for a single port."},
}

var endpointSetShape = shape{
	{name: "id", typ: integer, doc: "The set's id, the same in every version of an instance."},
	{name: "service_area", typ: types.StringType, doc: "`Exchange`, `SharePoint`, `Skype` or `Common`."},
	{name: "category", typ: types.StringType, doc: "`Optimize`, `Allow` or `Default`."},
	{name: "required", typ: types.BoolType, doc: "Whether Microsoft requires connectivity to the set."},
	{name: "express_route", typ: types.BoolType, doc: "Whether the set is reached over ExpressRoute."},
	{name: "urls", typ: stringList, doc: "Host names, with `*` as wildcard."},
	{name: "ipv4_cidrs", typ: stringList, doc: "IPv4 prefixes, " + orderDoc + ", none inside another."},
	{name: "ipv6_cidrs", typ: stringList, doc: "IPv6 prefixes, in numeric order, none inside another."},
	{name: "tcp_ports", nest: listOf, fields: portRangeShape, doc: "TCP ports."},
	{name: "udp_ports", nest: listOf, fields: portRangeShape, doc: "UDP ports."},
}

var endpointsShape = slices.Concat(provenanceShape, shape{
	{
		name:   "endpoints",
		nest:   listOf,
		fields: endpointSetShape,
		doc:    "The endpoint sets selected, in the order of their ids.",
	},
	{name: "urls", typ: stringList, doc: "Host names of all sets selected, sorted and distinct."},
	{
		name: "urls_incomplete",
		typ:  types.BoolType,
		doc: "Whether the source of this version left out some URL lists (a few lists of 2018): its addresses " +
			"are complete, its `urls` are not.",
	},
	{
		name: "cidrs",
		typ:  stringList,
		doc: "Prefixes of all sets selected: distinct, none inside another, " + orderDoc + ", IPv4 first. Never empty " +
			"unless `allow_empty` is set.",
	},
	{name: "ipv4_cidrs", typ: stringList, doc: "The IPv4 prefixes of `cidrs`."},
	{name: "ipv6_cidrs", typ: stringList, doc: "The IPv6 prefixes of `cidrs`."},
	{
		name: "by_family",
		typ:  familyLists,
		doc:  "The prefixes under the keys `ipv4` and `ipv6`; only families that occur have a key.",
	},
	{name: "sha256", typ: types.StringType, doc: digestDoc},
})

func (d *endpointsDataSource) Metadata(
	_ context.Context,
	req datasource.MetadataRequest,
	resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_endpoints"
}

func (d *endpointsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := endpointsShape.dataSource()
	maps.Copy(attributes, listArguments())
	maps.Copy(attributes, map[string]schema.Attribute{
		"service_areas": schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Service areas to select, such as `Exchange`, in any case. Default: all. A " +
				"value that the list does not have is an error.",
		},
		"categories": schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Categories to select: `Optimize`, `Allow`, `Default`, in any case. Default: " +
				"all. A value that the list does not have is an error.",
		},
		"ids": schema.ListAttribute{
			Optional: true, ElementType: types.Int64Type, Validators: []validator.List{listvalidator.SizeAtLeast(1)},
			MarkdownDescription: "Ids of sets to select. Default: all. An id that the list does not have is an " +
				"error; ids differ between instances.",
		},
		"required_only": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to select required sets only. Default `false`.",
		},
		"express_route_only": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether to select sets reached over ExpressRoute only. Default `false`.",
		},
		"tcp_port": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(1, 65535)},
			MarkdownDescription: "Select sets with this TCP port. Default: any.",
		},
		"udp_port": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.Between(1, 65535)},
			MarkdownDescription: "Select sets with this UDP port. Default: any.",
		},
		"allow_empty": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether a selection without any address (sets with host names only) is accepted. Default " +
				"`false`: it is an error, because an empty list opens everything on some clouds.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Endpoint sets of Microsoft 365, of any service area, filtered: addresses, host names and " +
			"ports. For the SMTP allowlist use `eop_smtp_allowlist`, which selects the right sets in every cloud by itself.",
		Attributes: attributes,
	}
}

var selectionArguments = []string{
	"service_areas",
	"categories",
	"ids",
	"required_only",
	"express_route_only",
	"tcp_port",
	"udp_port",
	"allow_empty",
	"minimum_version",
}

func (d *endpointsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	selection, allowEmpty := readSelection(ctx, req.Config, &resp.Diagnostics)
	found := d.find(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if found.List.Version.Kind() == endpoints.SMTPOnly {
		resp.Diagnostics.AddAttributeError(
			path.Root("version"),
			"Unable to list endpoint sets from before the service",
			"Of version "+found.List.Version.String()+" only the SMTP addresses are known, for there was no web service "+
				"then. Use eop_smtp_allowlist, or a version from 2018063000 on.",
		)
		return
	}
	sets, err := found.List.Select(selection)
	if err != nil {
		resp.Diagnostics.Append(diagnosticOf(err))
		return
	}
	state := endpointsValues(sets)
	if !allowEmpty &&
		len(state["cidrs"].(types.List).Elements()) == 0 { //nolint:forcetypeassert // endpointsValues makes it
		resp.Diagnostics.AddAttributeError(
			path.Root("allow_empty"),
			"Unable to select any address",
			"The sets selected have no addresses. An empty list opens everything on some clouds, so it is an "+
				"error. Select more, or set allow_empty = true if you want only urls.",
		)
		return
	}
	maps.Copy(state, provenanceValues(found))
	state["instance"] = types.StringValue(string(found.List.Instance))
	state["version"] = types.StringValue(found.List.Version.String())
	state["urls_incomplete"] = types.BoolValue(found.List.URLsIncomplete)
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, selectionArguments...)
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}

func readSelection(
	ctx context.Context,
	config tfsdk.Config,
	diags *diag.Diagnostics,
) (s endpoints.Selection, allowEmpty bool) {
	get := func(name string, into any) { diags.Append(config.GetAttribute(ctx, path.Root(name), into)...) }
	var required, express, empty types.Bool
	var tcp, udp types.Int64
	var ids []int
	get("service_areas", &s.ServiceAreas)
	get("categories", &s.Categories)
	get("ids", &ids)
	get("required_only", &required)
	get("express_route_only", &express)
	get("tcp_port", &tcp)
	get("udp_port", &udp)
	get("allow_empty", &empty)
	s.IDs, s.RequiredOnly, s.ExpressRouteOnly = ids, required.ValueBool(), express.ValueBool()
	s.TCPPort, s.UDPPort = int(tcp.ValueInt64()), int(udp.ValueInt64())
	return s, empty.ValueBool()
}

// endpointsValues fills what [endpointsShape] says of the sets.
func endpointsValues(sets []endpoints.Set) values {
	var prefixes []netip.Prefix
	var urls []string
	for _, s := range sets {
		prefixes = append(prefixes, s.Prefixes...)
		urls = append(urls, s.URLs...)
	}
	prefixes = cidr.Outermost(prefixes)
	slices.Sort(urls)
	ipv4, ipv6 := cidr.SplitFamilies(prefixes)
	return values{
		"endpoints":  listValue(endpointSetShape.object(), sets, endpointSetValue),
		"urls":       stringsValue(slices.Compact(urls)),
		"cidrs":      prefixesValue(prefixes),
		"ipv4_cidrs": prefixesValue(ipv4),
		"ipv6_cidrs": prefixesValue(ipv6),
		"by_family":  byFamilyValue(prefixes),
		"sha256":     types.StringValue(allowlist.SHA256(prefixes)),
	}
}

func endpointSetValue(s endpoints.Set) attr.Value {
	ipv4, ipv6 := cidr.SplitFamilies(cidr.Outermost(s.Prefixes))
	return values{
		"id":            types.Int64Value(int64(s.ID)),
		"service_area":  types.StringValue(s.ServiceArea),
		"category":      types.StringValue(s.Category),
		"required":      types.BoolValue(s.Required),
		"express_route": types.BoolValue(s.ExpressRoute),
		"urls":          stringsValue(s.URLs),
		"ipv4_cidrs":    prefixesValue(ipv4),
		"ipv6_cidrs":    prefixesValue(ipv6),
		"tcp_ports":     portsValue(s.TCPPorts),
		"udp_ports":     portsValue(s.UDPPorts),
	}.of(endpointSetShape)
}

func portsValue(ports endpoints.Ports) types.List {
	return listValue(portRangeShape.object(), ports, func(r endpoints.PortRange) attr.Value {
		return values{"from": types.Int64Value(int64(r.From)), "to": types.Int64Value(int64(r.To))}.of(portRangeShape)
	})
}
