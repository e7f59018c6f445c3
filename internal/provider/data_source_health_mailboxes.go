package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/healthmailbox"
)

var _ datasource.DataSourceWithValidateConfig = (*healthMailboxesDataSource)(nil)

func newHealthMailboxesDataSource() datasource.DataSource { return &healthMailboxesDataSource{} }

// healthMailboxesDataSource needs no configuration of the provider: it works on its arguments alone.
type healthMailboxesDataSource struct{}

func (d *healthMailboxesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest,
	resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_health_mailboxes"
}

func (d *healthMailboxesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest,
	resp *datasource.SchemaResponse,
) {
	attributes := healthReportShape.dataSource()
	maps.Copy(attributes, healthArguments())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Compares the health (monitoring) mailboxes of an Exchange organization with what its " +
			"servers should have, and says what to do about corrupted, surplus and missing ones, " +
			"as " + articleLink + " describes. " +
			"It reads what PowerShell prints of `Get-Mailbox -Monitoring`, in the formats that `listing` names. Any other " +
			"text is an error, which names the line and the command to run. Every input is optional, and " +
			"without a listing it tells the expected number and how to collect one. " + nothingExecutedDoc + "\n\n" +
			"A data source's arguments stay in the state: prefer `listing_file`, or the function " +
			"`provider::eop::health_mailboxes`, to `listing` where the names should not be kept there. The report itself, " +
			"with its names, is kept in the state, too.",
		Attributes: attributes,
	}
}

func healthArguments() map[string]schema.Attribute {
	version := schema.StringAttribute{Required: true, MarkdownDescription: "Exchange version as far as the count " +
		"depends on it: " + oneOf(healthmailbox.Versions()) + ". For `se` the number is by analogy with 2019: Microsoft " +
		"states none."}
	return map[string]schema.Attribute{
		"listing": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: listingDoc + " It is kept in the state. Conflicts with `listing_file` and " +
				"`inventory`.",
		},
		"listing_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("Path of a file with that output, in UTF-8, UTF-16 (what "+
				"PowerShell's `>` writes and Terraform's `file()` refuses), UTF-32 or Windows-1252, of at most "+
				"%d MiB. A relative path starts at the folder Terraform runs in; `${path.module}` makes it the "+
				"module's. Conflicts with `listing` and `inventory`.", healthmailbox.MaxInputBytes>>20),
		},
		"inventory": schema.ListNestedAttribute{
			Optional: true,
			MarkdownDescription: "The health mailboxes as data; an empty list means that there are none. " +
				"Conflicts with `listing` and `listing_file`.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"name": schema.StringAttribute{Optional: true, MarkdownDescription: "Name. A mailbox needs this or " +
					"`display_name`."},
				"display_name": schema.StringAttribute{Optional: true, MarkdownDescription: "Display name."},
				"server":       schema.StringAttribute{Optional: true, MarkdownDescription: "Server."},
				"database": schema.StringAttribute{Optional: true, MarkdownDescription: "Database; empty where Exchange " +
					"shows none, which is a sign of corruption. Default: not known."},
				"is_valid": schema.BoolAttribute{Optional: true, MarkdownDescription: "Exchange's IsValid. Default: not " +
					"known."},
				"corrupted": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether Exchange warned that it is " +
					"corrupted. Default: not known."},
			}},
		},
		"servers": schema.ListNestedAttribute{
			Optional: true,
			MarkdownDescription: "The organization's Exchange servers, from which `expected_count` follows. " +
				"Conflicts with `totals`.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"name": schema.StringAttribute{Required: true, MarkdownDescription: "Server name, with or without " +
					"its domain."},
				"exchange_version": version,
				"database_copies": schema.Int64Attribute{Optional: true, MarkdownDescription: "Mailbox database copies on the " +
					"server, active and passive, without recovery databases. Default: not known, and neither is `expected_count` " +
					"then."},
				"client_access": schema.BoolAttribute{Optional: true, MarkdownDescription: "Whether it has client access " +
					"services. Default: `true` from Exchange 2016 on; required for a 2013 server."},
			}},
		},
		"totals": schema.SingleNestedAttribute{
			Optional: true,
			MarkdownDescription: "The numbers of `servers`, if all servers run one version. Conflicts with " +
				"`servers`.",
			Attributes: map[string]schema.Attribute{
				"exchange_version": version,
				"database_copies": schema.Int64Attribute{Required: true, MarkdownDescription: "Mailbox database copies " +
					"on all servers, active and passive, without recovery databases."},
				"client_access_servers": schema.Int64Attribute{Required: true, MarkdownDescription: "Servers with client " +
					"access services: from Exchange 2016 on all but Edge."},
			},
		},
		"databases": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Names of the mailbox databases, each once however many copies it has. With `servers` they " +
				"let missing mailboxes be named.",
		},
	}
}

// ValidateConfig finds at `terraform validate` what the domain refuses, once all of it is known.
func (d *healthMailboxesDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest,
	resp *datasource.ValidateConfigResponse,
) {
	exclusive(ctx, req.Config, &resp.Diagnostics, "listing", "listing_file", "inventory")
	exclusive(ctx, req.Config, &resp.Diagnostics, "servers", "totals")
	if resp.Diagnostics.HasError() || !req.Config.Raw.IsFullyKnown() {
		return
	}
	in := readHealthInput(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if _, err := healthmailbox.Assess(in); err != nil {
		resp.Diagnostics.Append(healthInputError(err))
	}
}

func (d *healthMailboxesDataSource) Read(ctx context.Context, req datasource.ReadRequest,
	resp *datasource.ReadResponse,
) {
	in := readHealthInput(ctx, req.Config, &resp.Diagnostics)
	in.Listing = readListing(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	report, err := healthmailbox.Assess(in)
	if err != nil {
		resp.Diagnostics.Append(healthInputError(err))
		return
	}
	state := healthReportValues(report)
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, "listing", "listing_file", "inventory", "servers",
		"totals", "databases")
	resp.Diagnostics.Append(setLongState(ctx, &resp.State, state)...)
}

// exclusive allows one of the arguments to be set.
func exclusive(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics, names ...string) {
	first := ""
	for _, name := range names {
		var value attr.Value
		diags.Append(config.GetAttribute(ctx, path.Root(name), &value)...)
		switch {
		case diags.HasError() || value.IsNull() || value.IsUnknown():
		case first == "":
			first = name
		default:
			diags.AddAttributeError(path.Root(name), "Unable to use two forms of one input", fmt.Sprintf("Give %s or %s, "+
				"not both.", first, name))
		}
	}
}

type inventoryArgument struct {
	Name        *string `tfsdk:"name"`
	DisplayName *string `tfsdk:"display_name"`
	Server      *string `tfsdk:"server"`
	Database    *string `tfsdk:"database"`
	IsValid     *bool   `tfsdk:"is_valid"`
	Corrupted   *bool   `tfsdk:"corrupted"`
}

type serverArgument struct {
	Name            string `tfsdk:"name"`
	ExchangeVersion string `tfsdk:"exchange_version"`
	DatabaseCopies  *int   `tfsdk:"database_copies"`
	ClientAccess    *bool  `tfsdk:"client_access"`
}

type totalsArgument struct {
	ExchangeVersion     string `tfsdk:"exchange_version"`
	DatabaseCopies      int    `tfsdk:"database_copies"`
	ClientAccessServers int    `tfsdk:"client_access_servers"`
}

// readHealthInput reads all arguments but the listing's text.
func readHealthInput(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (in healthmailbox.Input) {
	var inventory []*inventoryArgument
	var servers []*serverArgument
	var totals *totalsArgument
	var databases []*string
	get := func(name string, into any) { diags.Append(config.GetAttribute(ctx, path.Root(name), into)...) }
	get("inventory", &inventory)
	get("servers", &servers)
	get("totals", &totals)
	get("databases", &databases)
	refuseNull(diags, "inventory", inventory)
	refuseNull(diags, "servers", servers)
	refuseNull(diags, "databases", databases)
	if diags.HasError() {
		return in
	}
	if inventory != nil {
		in.Inventory = make([]healthmailbox.InventoryItem, len(inventory))
	}
	for i, m := range inventory {
		in.Inventory[i] = healthmailbox.InventoryItem{
			Name: orEmpty(m.Name), DisplayName: orEmpty(m.DisplayName), Server: orEmpty(m.Server),
			Database: m.Database, IsValid: m.IsValid, Corrupted: m.Corrupted,
		}
	}
	for _, s := range servers {
		in.Servers = append(in.Servers, healthmailbox.Server{
			Name: s.Name, Version: healthmailbox.Version(s.ExchangeVersion), DatabaseCopies: s.DatabaseCopies,
			ClientAccess: s.ClientAccess,
		})
	}
	if databases != nil {
		in.Databases = make([]string, 0, len(databases))
	}
	for _, name := range databases {
		in.Databases = append(in.Databases, *name)
	}
	if totals != nil {
		in.Totals = &healthmailbox.Totals{
			Version: healthmailbox.Version(totals.ExchangeVersion), DatabaseCopies: totals.DatabaseCopies,
			ClientAccessServers: totals.ClientAccessServers,
		}
	}
	return in
}

// refuseNull blames elements that are null, which the framework would blame the provider for.
func refuseNull[T any](diags *diag.Diagnostics, name string, elements []*T) {
	for i, e := range elements {
		if e == nil {
			diags.AddAttributeError(path.Root(name).AtListIndex(i), "Unable to use the input", "It is null. Leave it out of "+
				"the list.")
		}
	}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// readListing reads the listing's text or file; nil where neither is given.
func readListing(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (listing *healthmailbox.Listing) {
	const summary = "Unable to read the listing"
	readText(ctx, config, "listing", summary, diags, func(text string) (err error) {
		listing, err = healthmailbox.Read(text)
		return err
	})
	readText(ctx, config, "listing_file", summary, diags, func(name string) error {
		text, err := decodeFile(name, healthmailbox.MaxInputBytes, healthmailbox.ErrTooLarge)
		if err != nil {
			return fmt.Errorf("file %q: %w", name, err)
		}
		if listing, err = healthmailbox.Read(text); err != nil {
			return fmt.Errorf("file %q, %w", name, err)
		}
		return nil
	})
	return listing
}

// healthInputError puts what the domain says of an input on that input's attribute.
func healthInputError(err error) diag.Diagnostic {
	var input *healthmailbox.InputError
	if !errors.As(err, &input) {
		return diag.NewErrorDiagnostic("Unable to assess the health mailboxes", sentence(err))
	}
	return diag.NewAttributeErrorDiagnostic(inputPath(input.Field), "Unable to use the "+
		"input", sentence(errors.New(input.Reason)))
}

// inputPath is the attribute path of a domain's field such as "servers[0].client_access".
func inputPath(field string) path.Path {
	out := path.Empty()
	for _, part := range strings.Split(field, ".") {
		name, index, indexed := strings.Cut(strings.TrimSuffix(part, "]"), "[")
		out = out.AtName(name)
		if n, err := strconv.Atoi(index); indexed && err == nil {
			out = out.AtListIndex(n)
		}
	}
	return out
}
