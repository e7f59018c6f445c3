package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/catalog"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
)

// fromArgument is the source of a list that came as an argument.
const fromArgument = "argument"

// openLists gives the archive of reviewed lists, opened once.
type openLists func() (*archive.Archive, error)

// allowlistFunctions hand out and compare lists without a provider configuration.
func allowlistFunctions(lists openLists) []pureFunction {
	instance := function.StringParameter{
		Name: "instance",
		MarkdownDescription: "Service instance: `worldwide`, `china`, `usgovdod`, `usgovgcchigh`, or for old lists " +
			"`germany`; in any case.",
	}
	version := func(doc string) function.StringParameter {
		return function.StringParameter{Name: "version", MarkdownDescription: doc}
	}
	result := "\n\nFields, those of the data source `eop_smtp_allowlist`:\n\n" + allowlistShape.markdown()
	return []pureFunction{
		{
			name: "smtp_allowlist",
			definition: function.Definition{
				Summary: "Returns the SMTP list of a version from the provider's embedded archive.",
				MarkdownDescription: "Returns the SMTP list of one version from the archive inside the provider, " +
					"for modules that must not configure a provider and for `for_each` in modules under " +
					"`depends_on`, where data sources are read too late. It uses no network. An unknown version " +
					"is an error that names the nearest; a list that lacks a family is an error." + result,
				Parameters: []function.Parameter{instance, version("List version, such as `2026081400`.")},
				Return:     function.ObjectReturn{AttributeTypes: allowlistShape.types()},
			},
			run: lists.with(archivedAllowlist),
		},
		{
			name: "smtp_allowlist_from_json",
			definition: function.Definition{
				Summary: "Returns the SMTP list in a web service answer that is kept beside the module.",
				MarkdownDescription: "Returns the SMTP list in the web service's own JSON (the answer of " +
					"`/endpoints/<instance>`), vendored beside a module. The answer has neither instance nor version, so both are " +
					"arguments. All guards that need no list before it apply: prefixes wider than /12 (IPv4) or /32 (IPv6) and " +
					"special-purpose space are errors, as is a list that lacks a family." + result,
				Parameters: []function.Parameter{
					instance, version("The version that the service gave the answer."),
					function.StringParameter{
						Name:                "json",
						MarkdownDescription: "The answer, as `file(\"${path.module}/eop-2026081400.json\")` reads it.",
					},
				},
				Return: function.ObjectReturn{AttributeTypes: allowlistShape.types()},
			},
			run: lists.with(allowlistFromJSON),
		},
		{
			name: "allowlist_drift",
			definition: function.Definition{
				Summary: "Compares the sources of a deployed rule with the list it should have.",
				MarkdownDescription: "Compares the sources of a firewall rule with the list it should have. " +
					"Addresses are compared, not spellings: two /25 equal their /24, an address alone is its /32 " +
					"or /128, and `*`, `Any` and `Internet` are all addresses. Null and empty elements are " +
					"skipped. Other tokens (service tags, `pl-...`, `sg-...`) are returned in `unresolved` and " +
					"make `in_sync` false; they are not an error. Both lists are named in one object, because " +
					"two swapped lists would turn a hole into an outage.\n\nFields:\n\n" + driftShape.markdown(),
				Parameters: []function.Parameter{function.ObjectParameter{
					Name:           "lists",
					AttributeTypes: map[string]attr.Type{"deployed": stringList, "expected": stringList},
					MarkdownDescription: "`deployed`: the rule's sources, as its cloud shows them. `expected`: " +
						"the list it should have, such as `cidrs`; prefixes only, and not empty.",
				}},
				Return: function.ObjectReturn{AttributeTypes: driftShape.types()},
			},
			run: lists.with(allowlistDrift),
		},
	}
}

// listFunction is the body of a function that looks into the archive.
type listFunction func(
	ctx context.Context, lists *archive.Archive, req function.RunRequest, resp *function.RunResponse,
)

// with opens the archive for a function.
func (o openLists) with(run listFunction) func(context.Context, function.RunRequest, *function.RunResponse) {
	return func(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
		lists, err := o()
		if err != nil {
			resp.Error = function.NewFuncError(strings.TrimSuffix(damagedArchive(err), "."))
			return
		}
		run(ctx, lists, req, resp)
	}
}

func archivedAllowlist(
	ctx context.Context, lists *archive.Archive, req function.RunRequest, resp *function.RunResponse,
) {
	var instanceText, versionText string
	if resp.Error = req.Arguments.Get(ctx, &instanceText, &versionText); resp.Error != nil {
		return
	}
	instance, version, funcErr := parseNamed(instanceText, versionText)
	if resp.Error = funcErr; funcErr != nil {
		return
	}
	l, err := lists.List(instance, version)
	if errors.Is(err, archive.ErrUnknown) {
		err = fmt.Errorf("%w. A list kept beside the module goes through smtp_allowlist_from_json",
			catalog.NotArchived(lists, instance, version))
	}
	if err != nil {
		resp.Error = argumentError(1, err)
		return
	}
	setAllowlist(ctx, resp, l, string(known.Embedded))
}

func allowlistFromJSON(
	ctx context.Context, lists *archive.Archive, req function.RunRequest, resp *function.RunResponse,
) {
	var instanceText, versionText, body string
	if resp.Error = req.Arguments.Get(ctx, &instanceText, &versionText, &body); resp.Error != nil {
		return
	}
	instance, version, funcErr := parseNamed(instanceText, versionText)
	if resp.Error = funcErr; funcErr != nil {
		return
	}
	sets, err := endpoints.DecodeSets([]byte(body))
	if err != nil {
		resp.Error = argumentError(2, err)
		return
	}
	l := &endpoints.List{Instance: instance, Version: version, Sets: sets}
	if err := cmp.Or(lists.Contradiction(l), endpoints.DefaultGuard().Check(l, nil)); err != nil {
		resp.Error = argumentError(2, err)
		return
	}
	setAllowlist(ctx, resp, l, fromArgument)
}

func parseNamed(instanceText, versionText string) (endpoints.Instance, endpoints.Version, *function.FuncError) {
	instance, err := endpoints.ParseInstance(instanceText)
	if err != nil {
		return "", endpoints.Version{}, argumentError(0, err)
	}
	version, err := endpoints.ParseVersion(versionText)
	if err != nil {
		return "", endpoints.Version{}, argumentError(1, err)
	}
	return instance, version, nil
}

func setAllowlist(ctx context.Context, resp *function.RunResponse, l *endpoints.List, source string) {
	a, err := allowlist.New(l, false)
	if err != nil {
		resp.Error = argumentError(1, err)
		return
	}
	v := allowlistValues(a)
	v["source"] = types.StringValue(source)
	resp.Error = resp.Result.Set(ctx, v.of(allowlistShape))
}

var addressCountShape = shape{
	{name: "ipv4", typ: integer, doc: "IPv4 addresses."},
	{name: "ipv6", typ: types.StringType, doc: "IPv6 addresses, in decimal digits."},
}

var namedVersionShape = shape{
	{name: "instance", typ: types.StringType, doc: "The instance."},
	{name: "version", typ: types.StringType, doc: "The version."},
}

var driftShape = shape{
	{
		name: "in_sync",
		typ:  types.BoolType,
		doc:  "Whether the rule allows exactly the expected list, and `unresolved` is empty.",
	},
	{name: "missing_cidrs", typ: stringList, doc: "Addresses of the list that the rule does not allow: mail from " +
		"there is refused."},
	{name: "excess_cidrs", typ: stringList, doc: "Addresses that the rule allows and the list does not have: a hole."},
	{name: "missing_addresses", nest: object, fields: addressCountShape, doc: "How many addresses are missing."},
	{name: "excess_addresses", nest: object, fields: addressCountShape, doc: "How many addresses are in excess."},
	{name: "unresolved", typ: stringList, doc: "Elements that are not addresses, in order."},
	{
		name:   "matches_versions",
		nest:   listOf,
		fields: namedVersionShape,
		doc: "Embedded versions, of any instance, with exactly the deployed addresses: the list that the rule was made " +
			"from.",
	},
}

func allowlistDrift(
	ctx context.Context, archived *archive.Archive, req function.RunRequest, resp *function.RunResponse,
) {
	var lists struct {
		Deployed types.List `tfsdk:"deployed"`
		Expected types.List `tfsdk:"expected"`
	}
	if resp.Error = req.Arguments.Get(ctx, &lists); resp.Error != nil {
		return
	}
	if lists.Deployed.IsNull() || lists.Expected.IsNull() {
		resp.Error = argumentError(0, errors.New("deployed and expected must both be lists; one is null"))
		return
	}
	expected, err := expectedPrefixes(texts(lists.Expected))
	if err != nil {
		resp.Error = argumentError(0, fmt.Errorf("expected: %w", err))
		return
	}
	d := allowlist.DriftOf(texts(lists.Deployed), expected)
	matching, err := archived.Matching(d.Deployed)
	if err != nil {
		resp.Error = argumentError(0, err)
		return
	}
	resp.Error = resp.Result.Set(ctx, driftValue(d, matching))
}

// expectedPrefixes are the elements that are not empty; there must be some.
func expectedPrefixes(elements []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for i, s := range elements {
		if s == "" {
			continue
		}
		p, err := cidr.Parse(s)
		if err != nil {
			return nil, &cidr.ElementError{Index: i, Text: s, Err: err}
		}
		out = append(out, p)
	}
	if len(out) == 0 {
		return nil, errors.New("is empty; a rule that should let nobody in is not what this compares with")
	}
	return out, nil
}

// texts are the elements of a list; null ones are empty.
func texts(list types.List) []string {
	out := make([]string, 0, len(list.Elements()))
	for _, e := range list.Elements() {
		s, _ := e.(types.String)
		out = append(out, s.ValueString())
	}
	return out
}

func driftValue(d allowlist.Drift, matching []archive.Named) attr.Value {
	count := func(c cidr.Count) attr.Value {
		return values{
			"ipv4": types.Int64Value(c.IPv4.Int64()),
			"ipv6": types.StringValue(c.IPv6.String()),
		}.of(
			addressCountShape,
		)
	}
	return values{
		"in_sync":           types.BoolValue(d.InSync()),
		"missing_cidrs":     prefixesValue(d.Missing),
		"excess_cidrs":      prefixesValue(d.Excess),
		"missing_addresses": count(cidr.CountOf(d.Missing)),
		"excess_addresses":  count(cidr.CountOf(d.Excess)),
		"unresolved":        stringsValue(d.Unresolved),
		"matches_versions": listValue(namedVersionShape.object(), matching, func(n archive.Named) attr.Value {
			return values{
				"instance": types.StringValue(string(n.Instance)),
				"version":  types.StringValue(n.Version.String()),
			}.of(
				namedVersionShape,
			)
		}),
	}.of(driftShape)
}
