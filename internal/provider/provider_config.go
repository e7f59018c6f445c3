package provider

import (
	"context"
	"errors"
	"fmt"
	"net/url"
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
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/net/http/httpproxy"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// setting is a text attribute of the provider that an environment variable may
// stand in for; the attribute wins.
type setting struct {
	name  string
	env   string // empty: none, for a variable on one runner must not swap the cloud or its guard
	doc   string
	parse func(string) error // nil: any text
}

const defaultTimeout = 10 * time.Second

var settings = []setting{
	{
		name:  "instance",
		doc:   "Service instance where a data source names none: `worldwide` (GCC included), `china`, `usgovdod` or `usgovgcchigh`, in any case. Default `worldwide`.",
		parse: isInstance.parse,
	},
	{
		name: "list_source", env: "EOP_LIST_SOURCE",
		doc: "Where the newest list may come from. `auto` (default): a cache entry of the last hour, then the web service; when that cannot be reached, the newest of cache, `archive_dir` and the embedded archive stands in, " +
			"but only for data sources that state a `minimum_version` which it meets, for on a runner without a cache an outage must never take ranges away. `service`: a cache entry of the last hour, then the web service, else an error. `embedded`: no network; the newest of `archive_dir` and the embedded archive.",
		parse: func(s string) error { _, err := parseMode(s); return err },
	},
	{
		name: "service_url", env: "EOP_SERVICE_URL",
		doc:   "Address of the web service or of a mirror with the same paths (`/version/<instance>`, `/endpoints/<instance>`, instance names in lower case); a static web server will do. `http` is taken for loopback only. Default `" + webservice.DefaultURL + "`.",
		parse: func(s string) error { _, err := webservice.ParseURL(s); return err },
	},
	{
		name: "archive_dir", env: "EOP_ARCHIVE_DIR",
		doc: "Folder of vendored lists, `<instance>/<version>.json`, each the web service's own answer; it extends the embedded archive.",
	},
	{
		name: "cache_dir", env: "EOP_CACHE_DIR",
		doc: "Folder in which answers of the web service are kept. Default: `terraform-provider-eop` in the user's cache folder, or none where that cannot be written. A folder named here that cannot be written is a warning, never an error.",
	},
	{
		name: "client_request_id", env: "EOP_CLIENT_REQUEST_ID",
		doc:   "UUID that names this machine to the web service, as Microsoft asks. Default: one made on first use and kept in the cache folder.",
		parse: checkRequestID,
	},
	{
		name: "request_timeout", env: "EOP_REQUEST_TIMEOUT",
		doc: "Time for one attempt to reach the web service, as a Go duration such as `10s` (default). All attempts together end within 60 seconds under `list_source = \"service\"` and within 10 seconds under `auto`, where another list may stand in; a longer timeout is cut to that.",
		parse: func(s string) error {
			d, err := time.ParseDuration(s)
			if err != nil || d <= 0 {
				return fmt.Errorf("%q is not a duration above zero, such as 10s", s)
			}
			return nil
		},
	},
	{
		name: "ca_bundle", env: "EOP_CA_BUNDLE",
		doc: "PEM file with certificate authorities to trust beside the system's, for proxies that inspect TLS. Proxies themselves come from `HTTPS_PROXY` and `NO_PROXY`.",
	},
}

// documentationID is the client request id printed in Microsoft's examples; the
// service may block it.
const documentationID = "b10c5ed1-bad1-445f-b386-b919946339a7"

func checkRequestID(s string) error {
	if _, err := uuid.ParseUUID(s); err != nil {
		return fmt.Errorf("%q is not a UUID", s)
	}
	if strings.EqualFold(s, documentationID) {
		return errors.New("this is the id of Microsoft's documentation, which the service may block; leave it out and one is made for this machine")
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
		MarkdownDescription: "Limits within which a new list from the web service or `archive_dir` is believed, judged for each address family alone. A list beyond them is an error that names the prefix and the numbers. " +
			"Special-purpose space (private, loopback, documentation, multicast and so on) is refused always.",
		Attributes: map[string]schema.Attribute{
			endpoints.LimitIPv4PrefixLength: schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, 32)},
				MarkdownDescription: fmt.Sprintf("Shortest IPv4 prefix length believed. Default `%d`.", standard.MinIPv4PrefixLength),
			},
			endpoints.LimitIPv6PrefixLength: schema.Int64Attribute{
				Optional: true, Validators: []validator.Int64{int64validator.Between(1, 128)},
				MarkdownDescription: fmt.Sprintf("Shortest IPv6 prefix length believed. Default `%d`.", standard.MinIPv6PrefixLength),
			},
			endpoints.LimitOverlap: schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.Between(0, 100)},
				MarkdownDescription: fmt.Sprintf("How much of the newest known list's address space must still be there, in percent. Default `%g`.", standard.MinOverlapPercent),
			},
			endpoints.LimitGrowth: schema.Float64Attribute{
				Optional: true, Validators: []validator.Float64{float64validator.AtLeast(1)},
				MarkdownDescription: fmt.Sprintf("How many times its size the IPv4 space may reach in one step. Default `%g`. Growth of IPv6 is bounded by its prefix length.", standard.MaxGrowthFactor),
			},
		},
	}
	return out
}

// readSettings takes each setting from the configuration, else from its
// environment variable, and checks the latter as the validators did the former.
func readSettings(ctx context.Context, config tfsdk.Config, getenv func(string) string, diags *diag.Diagnostics) map[string]string {
	out := map[string]string{}
	for _, s := range settings {
		var value types.String
		diags.Append(config.GetAttribute(ctx, path.Root(s.name), &value)...)
		switch {
		case value.IsUnknown():
			diags.AddAttributeError(path.Root(s.name), "Provider configuration not known yet",
				fmt.Sprintf("The provider's %s depends on something that is known only after apply. Lists are read while planning: use a variable or a literal.", s.name))
		case !value.IsNull():
			out[s.name] = value.ValueString()
		case s.env != "" && getenv(s.env) != "":
			out[s.name] = getenv(s.env)
			if s.parse == nil {
				continue
			}
			if err := s.parse(out[s.name]); err != nil {
				diags.AddAttributeError(path.Root(s.name), "Invalid "+s.env, fmt.Sprintf("The environment variable %s stands for %s. %s", s.env, s.name, sentence(err)))
			}
		}
	}
	return out
}

// readGuard takes the limits given, and the standard ones for the rest.
func readGuard(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) endpoints.Guard {
	g := endpoints.DefaultGuard()
	var object types.Object
	diags.Append(config.GetAttribute(ctx, path.Root("guard"), &object)...)
	if object.IsUnknown() {
		diags.AddAttributeError(path.Root("guard"), "Provider configuration not known yet", "Limits that are known only after apply cannot guard a plan. Use variables or literals.")
	}
	for name, value := range object.Attributes() {
		if value.IsNull() {
			continue
		}
		if value.IsUnknown() {
			diags.AddAttributeError(path.Root("guard").AtName(name), "Provider configuration not known yet", "A limit that is known only after apply cannot guard a plan. Use a variable or a literal.")
			continue
		}
		switch v := value.(type) {
		case types.Int64:
			if name == endpoints.LimitIPv4PrefixLength {
				g.MinIPv4PrefixLength = int(v.ValueInt64())
			} else {
				g.MinIPv6PrefixLength = int(v.ValueInt64())
			}
		case types.Float64:
			if name == endpoints.LimitOverlap {
				g.MinOverlapPercent = v.ValueFloat64()
			} else {
				g.MaxGrowthFactor = v.ValueFloat64()
			}
		}
	}
	return g
}

// newConfigured builds the catalog from checked settings, without I/O.
func newConfigured(set map[string]string, guard endpoints.Guard, version string) (configured, error) {
	or := func(name, standard string) string {
		if v, ok := set[name]; ok {
			return v
		}
		return standard
	}
	var errs [4]error
	var out configured
	var mode catalog.Mode
	var base *url.URL
	var timeout time.Duration
	out.instance, errs[0] = endpoints.ParseInstance(or("instance", string(endpoints.Worldwide)))
	mode, errs[1] = parseMode(or("list_source", string(catalog.Auto)))
	base, errs[2] = webservice.ParseURL(or("service_url", webservice.DefaultURL))
	timeout, errs[3] = time.ParseDuration(or("request_timeout", defaultTimeout.String()))
	if err := errors.Join(errs[:]...); err != nil {
		return configured{}, err
	}
	folder, named := set["cache_dir"]
	if !named {
		folder, _ = cache.DefaultFolder()
	}
	var kept *cache.Cache
	if folder != "" {
		kept = cache.Open(folder, base.String())
	}
	out.guard = guard
	out.lists = catalog.New(catalog.Options{
		Mode: mode, Cache: kept, CacheQuiet: !named, ArchiveDir: set["archive_dir"], Guard: guard, Now: time.Now,
		Service: webservice.New(webservice.Options{
			BaseURL:         base,
			ClientRequestID: requestID(set["client_request_id"], kept),
			AttemptTimeout:  min(timeout, mode.Budget()),
			CABundle:        set["ca_bundle"],
			Proxy:           httpproxy.FromEnvironment().ProxyFunc(), // read now: the standard library remembers the first process-wide
			UserAgent:       "terraform-provider-eop/" + version,
		}),
	})
	return out, nil
}

// requestID is the configured id, or the one kept for this machine, or one for
// this process.
func requestID(configured string, kept *cache.Cache) func() string {
	return sync.OnceValue(func() string {
		if configured != "" {
			return configured
		}
		if kept != nil {
			id, _ := kept.ClientRequestID() // an id that cannot be kept is good for this process
			return id
		}
		id, _ := uuid.GenerateUUID()
		return id
	})
}
