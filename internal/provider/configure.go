package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-uuid"
	"github.com/hashicorp/terraform-plugin-framework-validators/float64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
	"github.com/eop-firewall/terraform-provider-eop/internal/vendored"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// providerModel is the provider's configuration.
type providerModel struct {
	Instance        types.String `tfsdk:"instance"`
	ListSource      types.String `tfsdk:"list_source"`
	ServiceURL      types.String `tfsdk:"service_url"`
	ArchiveDir      types.String `tfsdk:"archive_dir"`
	CacheDir        types.String `tfsdk:"cache_dir"`
	ClientRequestID types.String `tfsdk:"client_request_id"`
	RequestTimeout  types.String `tfsdk:"request_timeout"`
	CABundle        types.String `tfsdk:"ca_bundle"`
	MaxAge          types.String `tfsdk:"max_age"`
	Guard           types.Object `tfsdk:"guard"`
}

// guardModel is the guard attribute; null fields keep their defaults.
type guardModel struct {
	MinIPv4PrefixLength types.Int64   `tfsdk:"min_ipv4_prefix_length"`
	MinIPv6PrefixLength types.Int64   `tfsdk:"min_ipv6_prefix_length"`
	MinOverlapPercent   types.Float64 `tfsdk:"min_overlap_percent"`
	MaxGrowthFactor     types.Float64 `tfsdk:"max_growth_factor"`
}

// setting is a text attribute of the provider with an environment variable. The
// attribute wins.
type setting struct {
	name  string
	field func(*providerModel) *types.String
	env   string // empty: none, because a variable on one runner must not swap the cloud
	doc   string
	parse func(string) error // nil: any text
}

const defaultTimeout = 10 * time.Second

var settings = []setting{
	{
		name:  "instance",
		field: func(m *providerModel) *types.String { return &m.Instance },
		doc: "Service instance for data sources that name none: `worldwide` (GCC included), `china`, `usgovdod` " +
			"or `usgovgcchigh`, in any case. Default `worldwide`.",
		parse: isInstance.parse,
	},
	{
		name:  "list_source",
		field: func(m *providerModel) *types.String { return &m.ListSource },
		env:   "EOP_LIST_SOURCE",
		doc: "Where the newest list comes from: `auto` (default) and `service` ask the web service, at most once " +
			"per `max_age`; `embedded` uses no network and takes the newest of `archive_dir` and the embedded " +
			"archive. When the service cannot be reached, `auto` uses the newest list known here for data " +
			"sources whose `minimum_version` it meets. Otherwise an outage is an error.",
		parse: func(s string) error { _, err := parseMode(s); return err },
	},
	{
		name:  "service_url",
		field: func(m *providerModel) *types.String { return &m.ServiceURL },
		env:   "EOP_SERVICE_URL",
		doc: "Address of the web service, or of a mirror with the same paths: `/version/<instance>` and " +
			"`/endpoints/<instance>`, instance names in lower case. `https`; `http` is accepted for loopback " +
			"addresses only. Default `" + webservice.DefaultURL + "`.",
		parse: func(s string) error { _, err := webservice.ParseURL(s); return err },
	},
	{
		name:  "archive_dir",
		field: func(m *providerModel) *types.String { return &m.ArchiveDir },
		env:   "EOP_ARCHIVE_DIR",
		doc: "Folder with lists that the embedded archive lacks, as files `<instance>/<version>.json`, each the " +
			"unchanged answer of the web service. Default: none.",
	},
	{
		name:  "cache_dir",
		field: func(m *providerModel) *types.String { return &m.CacheDir },
		env:   "EOP_CACHE_DIR",
		doc: "Folder for answers of the web service. Default: `terraform-provider-eop` in the user's cache folder, or none " +
			"if that cannot be written. A folder that cannot be written is a warning, not an error.",
	},
	{
		name:  "client_request_id",
		field: func(m *providerModel) *types.String { return &m.ClientRequestID },
		env:   "EOP_CLIENT_REQUEST_ID",
		doc: "UUID that identifies this machine to the web service, as Microsoft asks. Default: made on first " +
			"use and kept in the cache folder.",
		parse: checkRequestID,
	},
	{
		name:  "request_timeout",
		field: func(m *providerModel) *types.String { return &m.RequestTimeout },
		env:   "EOP_REQUEST_TIMEOUT",
		doc: "Time for one attempt to reach the web service, as a Go duration. Default `10s`. All attempts " +
			"together end within 10 seconds under `list_source = \"auto\"` and within 60 seconds under `service`.",
		parse: func(s string) error {
			d, err := time.ParseDuration(s)
			if err != nil || d <= 0 {
				return fmt.Errorf("%q is not a duration above zero, such as 10s", s)
			}
			return nil
		},
	},
	{
		name:  "max_age",
		field: func(m *providerModel) *types.String { return &m.MaxAge },
		env:   "EOP_MAX_AGE",
		doc: "How long the web service's answer about its newest version is used before it is asked again, from " +
			"`0s` (every run) to `24h`. Default `1h`: Microsoft asks for at most one check per hour.",
		parse: func(s string) error { _, err := parseMaxAge(s); return err },
	},
	{
		name:  "ca_bundle",
		field: func(m *providerModel) *types.String { return &m.CABundle },
		env:   "EOP_CA_BUNDLE",
		doc: "PEM file with certificate authorities to trust beside those of the system, such as the one of a " +
			"proxy that inspects TLS. The proxy itself is set by `HTTPS_PROXY` and `NO_PROXY`. Default: none.",
	},
}

// longestMaxAge keeps a list from becoming stale without a warning.
const longestMaxAge = 24 * time.Hour

func parseMaxAge(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > longestMaxAge {
		return 0, fmt.Errorf("%q is not a duration from 0s to 24h, such as 1h", s)
	}
	return d, nil
}

// documentationID is the client request id printed in Microsoft's examples; the
// service may block it.
const documentationID = "b10c5ed1-bad1-445f-b386-b919946339a7"

func checkRequestID(s string) error {
	if _, err := uuid.ParseUUID(s); err != nil {
		return fmt.Errorf("%q is not a UUID", s)
	}
	if strings.EqualFold(s, documentationID) {
		return errors.New(
			"this is the id of Microsoft's documentation, which the service may block; leave it out and one is made for " +
				"this machine",
		)
	}
	return nil
}

func parseMode(s string) (catalog.Mode, error) {
	for _, m := range catalog.Modes() {
		if s == string(m) {
			return m, nil
		}
	}
	return "", fmt.Errorf("%q is not auto, service or embedded", s)
}

func providerAttributes() map[string]schema.Attribute {
	out := map[string]schema.Attribute{}
	for _, s := range settings {
		a := schema.StringAttribute{Optional: true, MarkdownDescription: s.doc}
		if s.env != "" {
			a.MarkdownDescription += " Environment variable: `" + s.env + "`."
		}
		if s.parse != nil {
			a.Validators = []validator.String{textValidator{"Invalid " + s.name, "a valid " + s.name, s.parse}}
		}
		out[s.name] = a
	}
	standard := endpoints.DefaultGuard()
	out["guard"] = schema.SingleNestedAttribute{
		Optional: true,
		MarkdownDescription: "Limits for a new list from the web service or `archive_dir`, checked for each " +
			"address family. A list that exceeds one is an error, which names the prefix and the numbers. " +
			"Special-purpose space (private, loopback, documentation, multicast and so on) is always refused.",
		Attributes: map[string]schema.Attribute{
			"min_ipv4_prefix_length": schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, 32)},
				MarkdownDescription: fmt.Sprintf(
					"Shortest IPv4 prefix length to accept. Default `%d`.",
					standard.MinIPv4PrefixLength,
				),
			},
			"min_ipv6_prefix_length": schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, 128)},
				MarkdownDescription: fmt.Sprintf(
					"Shortest IPv6 prefix length to accept. Default `%d`.",
					standard.MinIPv6PrefixLength,
				),
			},
			"min_overlap_percent": schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.Between(0, 100)},
				MarkdownDescription: fmt.Sprintf(
					"How much of the newest embedded list's addresses a new list must still have, in percent. Default `%g`.",
					standard.MinOverlapPercent,
				),
			},
			"max_growth_factor": schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.AtLeast(1)},
				MarkdownDescription: fmt.Sprintf(
					"How many times as many addresses as the newest embedded list a new list may have. Default `%g`. "+
						"IPv6 addresses that are not for SMTP may grow more, and an IPv6 total of up to a /48 is always accepted.",
					standard.MaxGrowthFactor,
				),
			},
		},
	}
	return out
}

// checkKnown refuses configuration that is known only after apply: lists are read
// while planning.
func (m *providerModel) checkKnown(diags *diag.Diagnostics) {
	for _, s := range settings {
		if s.field(m).IsUnknown() {
			diags.AddAttributeError(path.Root(s.name), "Provider configuration not known yet",
				fmt.Sprintf("The provider's %s depends on something that is known only after apply. "+
					"Lists are read while planning: use a variable or a literal.", s.name))
		}
	}
	for name, value := range m.Guard.Attributes() {
		if value.IsUnknown() {
			diags.AddAttributeError(path.Root("guard").AtName(name), "Provider configuration not known yet", unknownGuard)
		}
	}
	if m.Guard.IsUnknown() {
		diags.AddAttributeError(path.Root("guard"), "Provider configuration not known yet", unknownGuard)
	}
}

const unknownGuard = "A limit that is known only after apply cannot guard a plan. Use a variable or a literal."

// fillFromEnvironment takes each setting that is not configured from its
// environment variable, and checks it as the validators checked the others.
func (m *providerModel) fillFromEnvironment(
	ctx context.Context, getenv func(string) string, diags *diag.Diagnostics,
) {
	for _, s := range settings {
		value := s.field(m)
		if !value.IsNull() || s.env == "" || getenv(s.env) == "" {
			continue
		}
		*value = types.StringValue(getenv(s.env))
		// Together they can swap the list, so the log names what is in effect.
		tflog.Info(ctx, "setting taken from the environment", map[string]any{"variable": s.env, "attribute": s.name})
		if s.parse == nil {
			continue
		}
		if err := s.parse(value.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(s.name), "Invalid "+s.env,
				fmt.Sprintf("The environment variable %s stands for %s. %s", s.env, s.name, sentence(err)))
		}
	}
}

// readGuard takes the limits given, and the default ones for the rest.
func (m *providerModel) readGuard(ctx context.Context, diags *diag.Diagnostics) endpoints.Guard {
	g := endpoints.DefaultGuard()
	if m.Guard.IsNull() || m.Guard.IsUnknown() {
		return g
	}
	var limits guardModel
	diags.Append(m.Guard.As(ctx, &limits, basetypes.ObjectAsOptions{})...)
	if v := limits.MinIPv4PrefixLength; !v.IsNull() {
		g.MinIPv4PrefixLength = int(v.ValueInt64())
	}
	if v := limits.MinIPv6PrefixLength; !v.IsNull() {
		g.MinIPv6PrefixLength = int(v.ValueInt64())
	}
	if v := limits.MinOverlapPercent; !v.IsNull() {
		g.MinOverlapPercent = v.ValueFloat64()
	}
	if v := limits.MaxGrowthFactor; !v.IsNull() {
		g.MaxGrowthFactor = v.ValueFloat64()
	}
	return g
}

// configured builds the catalog from a checked configuration, without I/O.
func (m *providerModel) configured(
	lists *archive.Archive, guard endpoints.Guard, version string, now func() time.Time,
) (configured, error) {
	or := func(value types.String, standard string) string {
		if value.IsNull() {
			return standard
		}
		return value.ValueString()
	}
	instance, err1 := endpoints.ParseInstance(or(m.Instance, string(endpoints.Worldwide)))
	mode, err2 := parseMode(or(m.ListSource, string(catalog.Auto)))
	base, err3 := webservice.ParseURL(or(m.ServiceURL, webservice.DefaultURL))
	timeout, err4 := time.ParseDuration(or(m.RequestTimeout, defaultTimeout.String()))
	maxAge, err5 := parseMaxAge(or(m.MaxAge, catalog.DefaultMaxAge.String()))
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return configured{}, err
	}
	folder, named := m.CacheDir.ValueString(), !m.CacheDir.IsNull()
	if !named {
		folder, _ = cache.DefaultFolder()
	}
	var kept *cache.Cache
	if folder != "" {
		kept = cache.Open(folder, base.String())
	}
	return configured{
		instance: instance, guard: guard, archive: lists, now: now,
		lists: catalog.New(catalog.Options{
			Options: known.Options{
				Archive: lists, Vendored: vendored.Folder(m.ArchiveDir.ValueString()), Cache: kept, Guard: guard, Now: now,
			},
			Mode: mode, CacheQuiet: !named, MaxAge: maxAge, Log: slog.New(logHandler{}),
			Service: webservice.New(webservice.Options{
				Log:             slog.New(logHandler{}),
				BaseURL:         base,
				ClientRequestID: requestID(m.ClientRequestID.ValueString(), kept),
				AttemptTimeout:  min(timeout, mode.Budget()),
				CABundle:        m.CABundle.ValueString(),
				Proxy:           webservice.ProxyFromEnvironment(),
				UserAgent:       "terraform-provider-eop/" + version,
			}),
		}),
	}, nil
}

// requestID is the configured id, or the one kept for this machine, or one for
// this process.
func requestID(configured string, kept *cache.Cache) func() string {
	return sync.OnceValue(func() string {
		if configured != "" {
			return configured
		}
		if kept != nil {
			id, _ := kept.ClientRequestID() // an id that cannot be kept serves this process
			return id
		}
		id, _ := uuid.GenerateUUID()
		return id
	})
}
