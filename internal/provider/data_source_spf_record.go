package provider

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/spf"
)

var _ datasource.DataSourceWithConfigure = (*spfRecordDataSource)(nil)

func newSPFRecordDataSource() datasource.DataSource { return &spfRecordDataSource{} }

type spfRecordDataSource struct{ listReader }

// defaultDNSTimeout is for all look-ups of a record together.
const defaultDNSTimeout = 10 * time.Second

var spfRecordShape = shape{
	{name: "record", typ: types.StringType, doc: "The SPF record of the domain, as published."},
	{
		name: "domains",
		typ:  stringList,
		doc:  "The domains whose records were read: the domain and those it includes or redirects to.",
	},
	{
		name: "cidrs",
		typ:  stringList,
		doc:  "The addresses that the record names: distinct, " + orderDoc + ", IPv4 first. Never empty.",
	},
	{
		name: "ipv4_cidrs",
		typ:  stringList,
		doc:  "The IPv4 prefixes of `cidrs`. May be empty: never use it as the list of a rule.",
	},
	{
		name: "ipv6_cidrs",
		typ:  stringList,
		doc:  "The IPv6 prefixes of `cidrs`. May be empty: never use it as the list of a rule.",
	},
	{
		name: "not_followed", typ: stringList,
		doc: "Terms of the records that are left out, each with its domain in front: `a`, `mx`, `ptr`, `exists`, `+all`, " +
			"macros, and addresses and includes with `-`, `~` or `?`.",
	},
}

// spfRecordModel is the data source's configuration and state.
type spfRecordModel struct {
	Instance    types.String `tfsdk:"instance"`
	Domain      types.String `tfsdk:"domain"`
	Resolver    types.String `tfsdk:"resolver"`
	Timeout     types.String `tfsdk:"timeout"`
	Record      types.String `tfsdk:"record"`
	Domains     types.List   `tfsdk:"domains"`
	CIDRs       types.List   `tfsdk:"cidrs"`
	IPv4CIDRs   types.List   `tfsdk:"ipv4_cidrs"`
	IPv6CIDRs   types.List   `tfsdk:"ipv6_cidrs"`
	NotFollowed types.List   `tfsdk:"not_followed"`
}

func (d *spfRecordDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_spf_record"
}

var isResolver = textValidator{"Malformed resolver", "host:port", func(s string) error {
	host, port, err := net.SplitHostPort(s)
	if err != nil || host == "" || port == "" {
		return fmt.Errorf("%q is not host:port, such as 192.0.2.53:53", s)
	}
	return nil
}}

var isTimeout = textValidator{"Malformed timeout", "a duration", func(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d > time.Minute {
		return fmt.Errorf("%q is not a duration of at most 1m, such as 10s", s)
	}
	return nil
}}

func (d *spfRecordDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	attributes := spfRecordShape.dataSource()
	attributes["instance"] = instanceArgument("")
	attributes["domain"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Domain whose record is read. Default: the one from which the instance sends, such as " +
			"`spf.protection.outlook.com`. Holds the domain used.",
	}
	attributes["resolver"] = schema.StringAttribute{
		Optional: true, Validators: []validator.String{isResolver},
		MarkdownDescription: "Name server to ask, `host:port`. Default: the system's resolver.",
	}
	attributes["timeout"] = schema.StringAttribute{
		Optional: true, Validators: []validator.String{isTimeout},
		MarkdownDescription: fmt.Sprintf(
			"Time for all look-ups together, as a Go duration of at most `1m`. Default `%s`.",
			defaultDNSTimeout,
		),
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The addresses that the SPF record of Exchange Online names. Microsoft publishes " +
			"nearly the same addresses there as in the SMTP list, over DNS: use it as a second witness for the " +
			"list. Do not make firewall rules from it: the record may lag, and it leaves out parts of the list.",
		Attributes: attributes,
	}
}

func (d *spfRecordDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m spfRecordModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	instance := d.instanceOf(ctx, req.Config, &resp.Diagnostics)
	domain, timeout := m.Domain.ValueString(), defaultDNSTimeout
	if !m.Timeout.IsNull() {
		timeout, _ = time.ParseDuration(m.Timeout.ValueString()) // the validator has parsed it
	}
	if m.Domain.IsNull() {
		domain = defaultSPFDomain(instance, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	record, err := spf.Read(ctx, spf.ResolverAt(m.Resolver.ValueString()), domain)
	if err != nil {
		asked := "the system's resolver"
		if !m.Resolver.IsNull() {
			asked = m.Resolver.ValueString()
		}
		resp.Diagnostics.AddError("Unable to read the SPF record", fmt.Sprintf("%s The TXT records were asked of "+
			"%s, with a timeout of %s. Check that this machine may ask it, or set another resolver.",
			sentence(err), asked, timeout))
		return
	}
	ipv4, ipv6 := cidr.SplitFamilies(record.Prefixes)
	m.Instance, m.Domain, m.Record = types.StringValue(
		string(instance),
	), types.StringValue(
		domain,
	), types.StringValue(
		record.Text,
	)
	m.Domains, m.NotFollowed = stringsValue(record.Domains), stringsValue(record.NotFollowed)
	m.CIDRs, m.IPv4CIDRs, m.IPv6CIDRs = prefixesValue(record.Prefixes), prefixesValue(ipv4), prefixesValue(ipv6)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func defaultSPFDomain(instance endpoints.Instance, diags *diag.Diagnostics) string {
	domain := spf.Domain(instance)
	if domain == "" {
		diags.AddAttributeError(path.Root("domain"), "Unable to choose a domain",
			fmt.Sprintf("No sending domain is known for %s. Set domain.", instance))
	}
	return domain
}
