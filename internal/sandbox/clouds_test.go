package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/allowlist"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

const clouds = root + "/examples/clouds"

// stubVersion satisfies every version constraint of the examples.
const stubVersion = "99.0.0"

// rule is a firewall rule as an example has made it, whatever the cloud.
type rule struct {
	target      string // which of several targets in one example
	inbound     bool
	cidrs       []string
	port        any // as the target has it, a number or a text; nil for a named service
	description string
}

// cloud is a folder of examples/clouds: what the test gives it, and how the
// objects it makes read as rules.
type cloud struct {
	arguments string   // HCL
	narrowed  string   // the same for IPv4 alone, where the example has a variable for that
	mixed     bool     // whether a rule may have both families
	inbound   []string // targets that have inbound rules alone; without any there is one, with both directions
	merged    bool     // whether inbound neighbours are merged
	texts     bool     // whether the example makes a text, and no rule resource
	everyCLI  bool     // whether the whole life is for every CLI, because it once failed
	reads     bool     // whether the example only reads what is deployed, which its own tests make up
	rules     func(t *testing.T, m made) []rule
}

// side is a direction of one target.
type side struct {
	target  string
	inbound bool
}

// made is what one instance of an example has made.
type made struct {
	resources []resource
	outputs   map[string]any
}

type resource struct {
	Address, Type string
	Values        map[string]any
}

func (m made) of(types ...string) (out []resource) {
	for _, r := range m.resources {
		if slices.Contains(types, r.Type) {
			out = append(out, r)
		}
	}
	return out
}

func texts(v any) []string {
	var out []string
	for _, e := range blocks(v) {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

func blocks(v any) []any {
	list, _ := v.([]any)
	return list
}

// names are the names in blocks such as FortiGate's member { name = "x" }.
func names(v any) (out []string) {
	for _, b := range blocks(v) {
		out = append(out, b.(map[string]any)["name"].(string))
	}
	return out
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// Names are an instance's own, because all instances share the stand-in's cloud.
const (
	azureFirewall = `name = "eop-${each.key}"
  resource_group_name = "mail"
  location = "westeurope"
  azure_firewall_name = "perimeter"
  mail_hosts = { ipv4 = ["10.0.0.4"], ipv6 = ["fd00::4"] }
  `
	azureFirewallBoth = azureFirewall + `families = ["ipv4", "ipv6"]`
	azureFirewallIPv4 = azureFirewall + `families = ["ipv4"]`

	fortigate = `name = "e-${each.key}"
  external_interface = "wan1"
  internal_interface = "dmz"
  `
	fortigateBoth = fortigate + `mail_hosts = { ipv4 = "mail", ipv6 = "mail6" }`
	fortigateIPv4 = fortigate + `mail_hosts = { ipv4 = "mail" }`
)

// Rules within the texts that examples make.
var (
	windowsRule = regexp.MustCompile(`(?s)Direction     = '(\w+)'\n +(\w+) += '(\d+)'\n +RemoteAddress = @\((.*?)\)`)
	nftablesSet = regexp.MustCompile(`set (from|to)_(ipv[46]) \{\s+type (ipv[46])_addr\s+` +
		`flags interval\s+elements = \{([^}]*)\}`)
)

var examplesByCloud = map[string]cloud{
	"aws-deployed-drift":   {reads: true},
	"azure-deployed-drift": {reads: true},
	"aws-security-group-rules": {arguments: `security_group_ids = ["sg-0a"]`, rules: func(
		t *testing.T, m made,
	) (out []rule) {
		count := map[string]int{}
		for _, r := range m.of("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule") {
			prefix, family := text(r.Values["cidr_ipv4"]), "ipv4"
			if prefix == "" {
				prefix, family = text(r.Values["cidr_ipv6"]), "ipv6"
			}
			if from, to := r.Values["from_port"], r.Values["to_port"]; from != to {
				t.Errorf("%s: ports %v to %v", r.Address, from, to)
			}
			if got := r.Values["ip_protocol"]; got != "tcp" {
				t.Errorf("%s: protocol %v", r.Address, got)
			}
			if err := compat.AWSDescription(text(r.Values["description"])); err != nil {
				t.Errorf("%s: %v", r.Address, err)
			}
			count[r.Type+family]++
			out = append(out, rule{
				"",
				r.Type == "aws_vpc_security_group_ingress_rule",
				[]string{prefix},
				r.Values["from_port"],
				text(r.Values["description"]),
			})
		}
		for what, n := range count {
			if n > 60 {
				t.Errorf("%s: %d rules, and the quota is 60", what, n)
			}
		}
		return out
	}},
	"aws-managed-prefix-list": {arguments: `security_group_id = "sg-0a"`, rules: func(t *testing.T, m made) (out []rule) {
		lists := map[string][]string{}
		for _, r := range m.of("aws_ec2_managed_prefix_list") {
			for _, e := range blocks(r.Values["entry"]) {
				entry := e.(map[string]any)
				lists[text(r.Values["id"])] = append(lists[text(r.Values["id"])], text(entry["cidr"]))
				if err := compat.AWSDescription(text(entry["description"])); err != nil {
					t.Errorf("%s: %v", r.Address, err)
				}
			}
			want := map[bool]string{true: "IPv6", false: "IPv4"}[strings.Contains(lists[text(r.Values["id"])][0], ":")]
			if r.Values["address_family"] != want {
				t.Errorf("%s is of family %v, its entries of %s", r.Address, r.Values["address_family"], want)
			}
		}
		for _, r := range m.of("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule") {
			out = append(out, rule{
				"",
				r.Type == "aws_vpc_security_group_ingress_rule",
				lists[text(r.Values["prefix_list_id"])],
				r.Values["to_port"],
				text(r.Values["description"]),
			})
		}
		return out
	}},
	"azure-nsg-rules": {arguments: `resource_group_name = "mail"
  network_security_group_name = "hybrid-${each.key}"`, rules: func(t *testing.T, m made) (out []rule) {
		for _, r := range m.of("azurerm_network_security_rule") {
			out = append(out, securityRule(t, r.Values))
		}
		return out
	}},
	"azure-nsg-inline": {arguments: `resource_group_name = "mail"
  location = "westeurope"`, rules: func(t *testing.T, m made) (out []rule) {
		for _, r := range m.of("azurerm_network_security_group") {
			for _, b := range blocks(r.Values["security_rule"]) {
				out = append(out, securityRule(t, b.(map[string]any)))
			}
		}
		return out
	}},
	"azure-ip-group": {everyCLI: true, arguments: azureFirewallBoth, narrowed: azureFirewallIPv4, rules: func(
		_ *testing.T, m made,
	) (out []rule) {
		groups := map[string][]string{}
		for _, r := range m.of("azurerm_ip_group") {
			groups[text(r.Values["id"])] = texts(r.Values["cidrs"])
		}
		for _, r := range m.of("azurerm_firewall_network_rule_collection") {
			for _, b := range blocks(r.Values["rule"]) {
				values := b.(map[string]any)
				in, group := true, texts(values["source_ip_groups"])
				if len(group) == 0 {
					in, group = false, texts(values["destination_ip_groups"])
				}
				out = append(out, rule{
					"",
					in,
					groups[strings.Join(group, ",")],
					blocks(values["destination_ports"])[0],
					"-",
				})
			}
		}
		return out
	}},
	"google-firewall": {arguments: `network = "mail"
  target_tags = ["hybrid"]`, rules: func(t *testing.T, m made) (out []rule) {
		for _, r := range m.of("google_compute_firewall") {
			in, cidrs := r.Values["direction"] == "INGRESS", texts(r.Values["source_ranges"])
			if !in {
				cidrs = texts(r.Values["destination_ranges"])
			}
			allow := blocks(r.Values["allow"])[0].(map[string]any)
			if ports := texts(allow["ports"]); len(ports) != 1 {
				t.Errorf("%s: ports %v", r.Address, ports)
			}
			if got := allow["protocol"]; got != "tcp" {
				t.Errorf("%s: protocol %v", r.Address, got)
			}
			if len(texts(r.Values["target_tags"])) == 0 {
				t.Errorf("%s: no target tags", r.Address)
			}
			out = append(out, rule{"", in, cidrs, blocks(allow["ports"])[0], text(r.Values["description"])})
		}
		return out
	}},
	"hetzner-firewall": {mixed: true, arguments: `restrict_outbound = true`, rules: func(
		_ *testing.T, m made,
	) (out []rule) {
		for _, r := range m.of("hcloud_firewall") {
			for _, b := range blocks(r.Values["rule"]) {
				values := b.(map[string]any)
				out = append(out, rule{
					"",
					values["direction"] == "in",
					append(texts(values["source_ips"]), texts(values["destination_ips"])...),
					values["port"],
					text(values["description"]),
				})
			}
		}
		return out
	}},
	"fortigate": {everyCLI: true, arguments: fortigateBoth, narrowed: fortigateIPv4, rules: func(
		t *testing.T, m made,
	) (out []rule) {
		objects, groups := map[string]string{}, map[string][]string{}
		for _, r := range m.of("fortios_firewall_address") {
			prefix, err := compat.SubnetCIDR(text(r.Values["subnet"]))
			if err != nil {
				t.Errorf("%s: %v", r.Address, err)
			}
			objects[text(r.Values["name"])] = prefix
		}
		for _, r := range m.of("fortios_firewall_address6") {
			objects[text(r.Values["name"])] = text(r.Values["ip6"])
		}
		for _, r := range m.of("fortios_firewall_addrgrp", "fortios_firewall_addrgrp6") {
			for _, member := range names(r.Values["member"]) {
				groups[text(r.Values["name"])] = append(groups[text(r.Values["name"])], objects[member])
			}
		}
		for _, r := range m.of("fortios_firewall_policy") {
			source := slices.Concat(names(r.Values["srcaddr"]), names(r.Values["srcaddr6"]))
			destination := slices.Concat(names(r.Values["dstaddr"]), names(r.Values["dstaddr6"]))
			in := groups[source[0]] != nil
			if in {
				source, destination = destination, source
			}
			if len(source) != 1 || !strings.HasPrefix(source[0], "mail") {
				t.Errorf("%s is for %v", r.Address, source)
			}
			if len(destination) != 1 {
				t.Errorf("%s is for %v and %v", r.Address, source, destination)
			}
			out = append(out, rule{"", in, groups[destination[0]], nil, "-"})
		}
		return out
	}},
	"palo-alto": {mixed: true, everyCLI: true, arguments: `name = "eop-${each.key}"
  vsys = each.key
  position = { where = "first" }
  external_zone = "untrust"
  internal_zone = "dmz"
  inbound_addresses = ["203.0.113.10"]
  outbound_addresses = ["10.0.0.4"]`, rules: func(_ *testing.T, m made) (out []rule) {
		groups := map[string][]string{}
		objects := map[string]string{}
		for _, r := range m.of("panos_address") {
			objects[text(r.Values["name"])] = text(r.Values["ip_netmask"])
		}
		for _, r := range m.of("panos_address_group") {
			for _, name := range texts(r.Values["static"]) {
				groups[text(r.Values["name"])] = append(groups[text(r.Values["name"])], objects[name])
			}
		}
		for _, b := range blocks(m.of("panos_security_policy_rules")[0].Values["rules"]) {
			values := b.(map[string]any)
			in := slices.Contains(texts(values["source_zones"]), "untrust")
			side := "destination_addresses"
			if in {
				side = "source_addresses"
			}
			out = append(out, rule{"", in, groups[strings.Join(texts(values[side]), ",")], nil, "-"})
		}
		return out
	}},
	"other-targets": {mixed: true, inbound: []string{
		"oci",
		"openstack",
		"cloudflare",
		"digitalocean",
		"linode",
	}, arguments: `oci_network_security_group_id = "ocid1.mail"
  openstack_security_group_id = "mail"
  cloudflare_account_id = "account"
  digitalocean_tags = ["hybrid"]`, rules: func(t *testing.T, m made) (out []rule) {
		first := func(v any) map[string]any { return blocks(v)[0].(map[string]any) }
		for _, r := range m.of("oci_core_network_security_group_security_rule") {
			ports := first(first(r.Values["tcp_options"])["destination_port_range"])
			out = append(out, rule{
				"oci",
				r.Values["direction"] == "INGRESS",
				[]string{text(r.Values["source"])},
				ports["max"],
				text(r.Values["description"]),
			})
		}
		for _, r := range m.of("openstack_networking_secgroup_rule_v2") {
			prefix := text(r.Values["remote_ip_prefix"])
			want := map[bool]string{true: "IPv6", false: "IPv4"}[strings.Contains(prefix, ":")]
			if got := r.Values["ethertype"]; got != want {
				t.Errorf("%s: ethertype %v of %s", r.Address, got, prefix)
			}
			out = append(out, rule{
				"openstack",
				r.Values["direction"] == "ingress",
				[]string{prefix},
				r.Values["port_range_max"],
				text(r.Values["description"]),
			})
		}
		for _, item := range blocks(m.of("cloudflare_list")[0].Values["items"]) {
			values := item.(map[string]any)
			prefix := text(values["ip"])
			if addr, err := netip.ParseAddr(prefix); err == nil {
				prefix = netip.PrefixFrom(addr, addr.BitLen()).String()
			}
			out = append(out, rule{"cloudflare", true, []string{prefix}, nil, text(values["comment"])})
		}
		ocean := first(m.of("digitalocean_firewall")[0].Values["inbound_rule"])
		linode := first(m.of("linode_firewall")[0].Values["inbound"])
		return append(out,
			rule{"digitalocean", true, texts(ocean["source_addresses"]), ocean["port_range"], "-"},
			rule{
				"linode",
				linode["action"] == "ACCEPT",
				append(texts(linode["ipv4"]), texts(linode["ipv6"])...),
				linode["ports"],
				"-",
			})
	}},
	"external-dynamic-list": {mixed: true, texts: true, rules: func(_ *testing.T, m made) []rule {
		lines := strings.Split(strings.TrimSuffix(text(m.outputs["text"]), "\n"), "\n")
		return []rule{{"", true, lines, nil, "-"}, {"", false, lines, nil, "-"}}
	}},
	"windows-firewall": {mixed: true, texts: true, rules: func(t *testing.T, m made) (out []rule) {
		for _, part := range windowsRule.FindAllStringSubmatch(text(m.outputs["script"]), -1) {
			if want := map[string]string{"Inbound": "LocalPort", "Outbound": "RemotePort"}[part[1]]; part[2] != want {
				t.Errorf("%s has a %s", part[1], part[2])
			}
			var cidrs []string
			for _, quoted := range regexp.MustCompile(`'([^']+)'`).FindAllStringSubmatch(part[4], -1) {
				cidrs = append(cidrs, quoted[1])
			}
			out = append(out, rule{"", part[1] == "Inbound", cidrs, part[3], "-"})
		}
		return out
	}},
	"nftables": {texts: true, merged: true, rules: func(t *testing.T, m made) (out []rule) {
		ruleset := text(m.outputs["ruleset"])
		for _, set := range nftablesSet.FindAllStringSubmatch(ruleset, -1) {
			keyword := map[string]string{"ipv4": "ip", "ipv6": "ip6"}[set[2]]
			side := map[string]string{"from": "saddr", "to": "daddr"}[set[1]]
			if set[2] != set[3] {
				t.Errorf("the set %s_%s has the type %s", set[1], set[2], set[3])
			}
			use := fmt.Sprintf("tcp dport 25 %s %s @%s_%s accept\n", keyword, side, set[1], set[2])
			if !strings.Contains(ruleset, use) {
				t.Errorf("the set %s_%s is not used", set[1], set[2])
			}
			out = append(out, rule{
				"",
				set[1] == "from",
				strings.FieldsFunc(set[4], func(r rune) bool { return strings.ContainsRune(" \n,", r) }),
				"25",
				"-",
			})
		}
		return out
	}},
}

func securityRule(t *testing.T, values map[string]any) rule {
	t.Helper()
	in, side := values["direction"] == "Inbound", "destination_address_prefixes"
	if in {
		side = "source_address_prefixes"
	}
	if values["protocol"] != "Tcp" {
		t.Errorf("protocol %v", values["protocol"])
	}
	if values["access"] != "Allow" {
		t.Errorf("access %v", values["access"])
	}
	if err := compat.AzureDescription(text(values["description"])); err != nil {
		t.Error(err)
	}
	return rule{"", in, texts(values[side]), values["destination_port_range"], text(values["description"])}
}

// Every example of a cloud is run as its user would run it, by its own tests and
// through the life of a list, as a module of all four instances. A stand-in
// serves the cloud's resource types, and refuses what the real provider and the
// cloud refuse; what remains is asserted here.
func TestEveryCloud(t *testing.T) {
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	folders, err := os.ReadDir(clouds)
	if err != nil {
		t.Fatal(err)
	}
	if len(folders) != len(examplesByCloud) {
		t.Errorf("%d folders, %d of them known here", len(folders), len(examplesByCloud))
	}
	for _, folder := range folders {
		example, ok := examplesByCloud[folder.Name()]
		if !ok {
			t.Errorf("%s is not known here", folder.Name())
			continue
		}
		for i, cli := range clis {
			t.Run(folder.Name()+"/"+cli.Name, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(clouds, folder.Name())
				s := openCloud(t, cli, dir, standIns(t, dir))
				must(t, s, 0, "init")
				must(t, s, 0, "fmt", "-check", "-recursive", "-diff")
				must(t, s, 0, "validate")
				must(t, s, 0, "test")
				if !example.reads {
					example.live(t, s, i > 0 && !example.everyCLI)
				}
			})
		}
	}
}

// openCloud makes a sandbox of an example with the binaries of its cloud.
func openCloud(t *testing.T, cli sandbox.CLI, dir string, binaries map[string]string) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(cli, binary, dir, binaries)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	s.Env = []string{"EOP_LIST_SOURCE=embedded"}
	return s
}

var sourceAddress = regexp.MustCompile(`(?m)^ +source += "(.+)"$`)

// sources are the source addresses of the providers that an example requires,
// beside this one.
func sources(t *testing.T, dir string) (out []string) {
	t.Helper()
	versions, err := os.ReadFile(filepath.Join(dir, "versions.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range sourceAddress.FindAllStringSubmatch(string(versions), -1) {
		if m[1] != "eop-firewall/eop" {
			out = append(out, strings.ToLower(m[1]))
		}
	}
	return out
}

var registries = []string{"registry.terraform.io", "registry.opentofu.org"}

// standIns are binaries for the providers that an example requires.
func standIns(t *testing.T, dir string) map[string]string {
	t.Helper()
	table, err := compat.Targets()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, source := range sources(t, dir) {
		if _, ok := table.Providers[source]; !ok {
			t.Errorf("%s is not in the compatibility table", source)
		}
		for _, host := range registries {
			out[host+"/"+source+"/"+stubVersion] = cloudStub(t)
		}
	}
	return out
}

var buildStub = sync.OnceValues(func() (string, error) {
	path := filepath.Join(filepath.Dir(binary), "cloudstub")
	build := exec.Command("go", "build", "-o", path, "./internal/compat/cloudstub") //nolint:noctx // shared by all tests
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

func cloudStub(t *testing.T) string {
	t.Helper()
	path, err := buildStub()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// Lists of an instance's life: an older one, and a newer one with more and other
// prefixes. Worldwide has not changed since 2019; China's lists have other dates.
var (
	older = map[endpoints.Instance]string{
		"worldwide":    "2023073100",
		"china":        "2025063000",
		"usgovdod":     "2023073100",
		"usgovgcchigh": "2023073100",
	}
	newer = map[endpoints.Instance]string{
		"worldwide":    "2025043000",
		"china":        eoptest.NewestChina,
		"usgovdod":     "2025043000",
		"usgovgcchigh": "2025043000",
	}
)

// live takes the example through a life as a module, once for each instance: the
// older list, the newer one, back, IPv4 alone, and destroyed. After each step the
// rules are the list, and a second plan has no changes. A short life is the newer
// list alone.
func (c cloud) live(t *testing.T, s *sandbox.Sandbox, short bool) {
	t.Helper()
	s.Env = append(s.Env, "CLOUDSTUB_DIR="+t.TempDir())
	if err := os.Mkdir(filepath.Join(s.Dir, "all"), 0o755); err != nil {
		t.Fatal(err)
	}
	c.call(t, s, c.arguments, newer)
	must(t, s, 0, "-chdir=all", "init")
	if short {
		c.step(t, s, c.arguments, newer, "ipv4", "ipv6")
		return
	}
	for _, versions := range []map[endpoints.Instance]string{older, newer, older} {
		c.step(t, s, c.arguments, versions, "ipv4", "ipv6")
	}
	arguments := c.narrowed
	if arguments == "" {
		arguments = c.arguments
		narrow(t, s)
	}
	c.step(t, s, arguments, older, "ipv4")
	must(t, s, 0, "-chdir=all", "destroy", "-auto-approve")
}

// step applies the lists, and compares what was made with their families.
func (c cloud) step(
	t *testing.T, s *sandbox.Sandbox, arguments string, versions map[endpoints.Instance]string, families ...string,
) {
	t.Helper()
	c.call(t, s, arguments, versions)
	if text := must(t, s, 0, "-chdir=all", "apply", "-auto-approve"); strings.Contains(text, "Warning") {
		t.Errorf("a warning:\n%s", text)
	}
	must(t, s, 0, "-chdir=all", "plan", "-detailed-exitcode")
	for instance, m := range state(t, s) {
		c.check(t, instance, versions[instance], m, families...)
	}
}

// call writes the configuration that calls the example for every instance.
func (c cloud) call(t *testing.T, s *sandbox.Sandbox, arguments string, versions map[endpoints.Instance]string) {
	t.Helper()
	var lists strings.Builder
	for _, instance := range endpoints.ServedInstances() {
		fmt.Fprintf(&lists, "%s = %q, ", instance, versions[instance])
	}
	replace(t, s, "all/main.tf", fmt.Sprintf(`module "eop" {
  source       = "../"
  for_each     = { %s }
  instance     = each.key
  list_version = each.value
  %s
}

output "eop" {
  value = module.eop
}
`, lists.String(), arguments))
}

var (
	allCIDRs   = regexp.MustCompile(`\bdata\.eop_smtp_allowlist\.eop\.cidrs\b`)
	byFamily   = regexp.MustCompile(`\bdata\.eop_smtp_allowlist\.eop\.by_family\b`)
	everyRule  = regexp.MustCompile(`\bdata\.eop_smtp_allowlist\.eop\.rules\b([^\[])`)
	narrowings = map[*regexp.Regexp]string{
		allCIDRs:  "data.eop_smtp_allowlist.eop.ipv4_cidrs",
		byFamily:  "{ ipv4 = data.eop_smtp_allowlist.eop.ipv4_cidrs }",
		everyRule: `{ for cidr, rule in data.eop_smtp_allowlist.eop.rules : cidr => rule if rule.family == "ipv4" }$1`,
	}
)

// narrow leaves IPv4 alone in the example's configuration, as a user would by hand.
func narrow(t *testing.T, s *sandbox.Sandbox) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.tf"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		config := string(data)
		for pattern, narrowed := range narrowings {
			config = pattern.ReplaceAllString(config, narrowed)
		}
		replace(t, s, filepath.Base(file), config)
	}
}

// state is what each instance of the module has made, from the state file.
func state(t *testing.T, s *sandbox.Sandbox) map[endpoints.Instance]made {
	t.Helper()
	var stored struct {
		Outputs map[string]struct {
			Value map[endpoints.Instance]map[string]any `json:"value"`
		} `json:"outputs"`
		Resources []struct {
			Module    string `json:"module"`
			Mode      string `json:"mode"`
			Type      string `json:"type"`
			Name      string `json:"name"`
			Instances []struct {
				Key    any            `json:"index_key"`
				Values map[string]any `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, "all", "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&stored); err != nil {
		t.Fatal(err)
	}
	out := map[endpoints.Instance]made{}
	for instance, outputs := range stored.Outputs["eop"].Value {
		out[instance] = made{outputs: outputs}
	}
	for _, r := range stored.Resources {
		if r.Mode != "managed" {
			continue
		}
		instance := endpoints.Instance(strings.Split(r.Module, `"`)[1])
		m := out[instance]
		for _, i := range r.Instances {
			m.resources = append(m.resources, resource{
				fmt.Sprintf("%s.%s.%s[%v]", r.Module, r.Type, r.Name, i.Key),
				r.Type,
				i.Values,
			})
		}
		out[instance] = m
	}
	served := slices.Sorted(slices.Values(endpoints.ServedInstances()))
	if diff := cmp.Diff(served, slices.Sorted(maps.Keys(out))); diff != "" {
		t.Fatalf("made for (-want +got):\n%s", diff)
	}
	return out
}

// check compares the rules with a list's families and with what every target
// demands.
func (c cloud) check(t *testing.T, instance endpoints.Instance, version string, m made, families ...string) {
	t.Helper()
	list, err := allowlist.New(eoptest.List(t, instance, version), false)
	if err != nil {
		t.Fatal(err)
	}
	var prefixes []netip.Prefix
	for _, p := range list.Prefixes {
		if slices.Contains(families, map[bool]string{true: "ipv4", false: "ipv6"}[p.Addr().Is4()]) {
			prefixes = append(prefixes, p)
		}
	}
	if c.texts != (len(m.resources) == 0) {
		t.Errorf("%s: %d resources", instance, len(m.resources))
	}
	demands := []func([]string) error{compat.NotEmpty, compat.Canonical, compat.Disjoint}
	if !c.mixed {
		demands = append(demands, compat.OneFamily)
	}
	sides := map[side][]string{}
	for _, r := range c.rules(t, m) {
		for _, demand := range demands {
			if err := demand(r.cidrs); err != nil {
				t.Errorf("%s: %v: %v", instance, r, err)
			}
		}
		if r.port != nil && fmt.Sprint(r.port) != "25" {
			t.Errorf("%s: port %v: %+v", instance, r.port, r)
		}
		if r.description == "" {
			t.Errorf("%s: no description: %+v", instance, r)
		}
		at := side{r.target, r.inbound}
		sides[at] = append(sides[at], r.cidrs...)
	}
	wanted := []side{{"", true}, {"", false}}
	if c.inbound != nil {
		wanted = nil
		for _, target := range c.inbound {
			wanted = append(wanted, side{target, true})
		}
	}
	for _, at := range wanted {
		want := slices.Sorted(slices.Values(cidr.Strings(prefixes)))
		if c.merged && at.inbound {
			want = slices.Sorted(slices.Values(cidr.Strings(cidr.Merge(prefixes))))
		}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(sides[at]))); diff != "" {
			t.Errorf("%s, %+v (-list +rules):\n%s", instance, at, diff)
		}
	}
}

// What a user tries first, a list in for_each, is refused by both CLIs; the map
// of rules is there for that.
func TestForEachOverTheListIsRefused(t *testing.T) {
	dir := t.TempDir()
	config := sandbox.RequiredProvider + `
data "eop_smtp_allowlist" "eop" {}

resource "aws_vpc_security_group_ingress_rule" "wrong" {
  for_each          = data.eop_smtp_allowlist.eop.cidrs
  security_group_id = "sg-0a"
  ip_protocol       = "tcp"
  cidr_ipv4         = each.value
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s := openCloud(t, cli, dir, standIns(t, filepath.Join(clouds, "aws-security-group-rules")))
		must(t, s, 0, "init")
		wantText(t, "the plan", must(t, s, 1, "plan"), "Invalid for_each argument")
	})
}

// Two Palo Alto modules that both want to be first in one rulebase move each other
// in every plan; with the first one as its pivot the second stays where it is.
func TestTwoModulesInOneRulebase(t *testing.T) {
	const first, after = `{ where = "first" }`, `{ where = "after", directly = false, pivot = "eop-out" }`
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(clouds, "palo-alto")
	s := openCloud(t, clis[0], dir, standIns(t, dir))
	s.Env = append(s.Env, "CLOUDSTUB_DIR="+t.TempDir())
	if err := os.Mkdir(filepath.Join(s.Dir, "all"), 0o755); err != nil {
		t.Fatal(err)
	}
	call := func(second string) {
		replace(t, s, "all/main.tf", fmt.Sprintf(`module "eop" {
  source             = "../"
  for_each           = { eop = %s, "eop-dod" = %s }
  name               = each.key
  instance           = each.key == "eop" ? "worldwide" : "usgovdod"
  position           = merge({ directly = null, pivot = null }, each.value)
  external_zone      = "untrust"
  internal_zone      = "dmz"
  inbound_addresses  = ["203.0.113.10"]
  outbound_addresses = ["10.0.0.4"]
}
`, first, second))
	}
	call(first)
	must(t, s, 0, "-chdir=all", "init")
	for range 2 {
		must(t, s, 0, "-chdir=all", "apply", "-auto-approve")
		text := must(t, s, 2, "-chdir=all", "plan", "-detailed-exitcode")
		wantText(t, "the next plan", text, "0 to add, 1 to change, 0 to destroy")
	}
	call(after)
	must(t, s, 0, "-chdir=all", "apply", "-auto-approve")
	must(t, s, 0, "-chdir=all", "plan", "-detailed-exitcode")
}
