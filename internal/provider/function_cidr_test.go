package provider_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
)

var everyCIDRFunction = []string{
	"cidr_by_family", "cidr_contains", "cidr_count", "cidr_exclude_special",
	"cidr_intersect", "cidr_merge", "cidr_overlaps", "cidr_subtract",
}

// list is a list of strings as the protocol's client returns it.
func list(elements ...string) []any {
	out := make([]any, len(elements))
	for i, e := range elements {
		out[i] = e
	}
	return out
}

func wantCall(t *testing.T, s *providertest.Server, want any, name string, args ...any) {
	t.Helper()
	got, err := s.Call(t, name, args...)
	if err != nil {
		t.Fatalf("%s(%v): %v", name, args, err)
	}
	if diff := difference(want, got); diff != "" {
		t.Errorf("%s(%v) (-want +got):\n%s", name, args, diff)
	}
}

// An input of each kind; none needs a configuration.
func TestCIDRFunctions(t *testing.T) {
	s, none := unconfigured(t), list()
	mixed := list("2A01:0111:F400::/48", "40.107.128.0/17", "40.107.0.0/17", "40.92.7.1", "40.92.0.0/15",
		"2a01:111:f403::1")
	for name, tc := range map[string]struct {
		function string
		args     []any
		want     any
	}{
		"merge": {
			"cidr_merge",
			[]any{mixed},
			list("40.92.0.0/15", "40.107.0.0/16", "2a01:111:f400::/48", "2a01:111:f403::1/128"),
		},
		"subtract": {
			"cidr_subtract",
			[]any{mixed, list("40.93.0.0/16", "40.107.128.0/17", "2a01:111:f403::/48", "8.8.8.8")},
			list("40.92.0.0/16", "40.107.0.0/17", "2a01:111:f400::/48"),
		},
		"intersect": {
			"cidr_intersect", []any{mixed, list("40.92.7.1", "40.96.0.0/12")}, list("40.92.7.1/32", "40.107.0.0/16"),
		},
		"overlaps": {
			"cidr_overlaps", []any{mixed}, []any{object{"a": "40.92.0.0/15", "b": "40.92.7.1/32"}},
		},
		"overlaps of the same twice": {
			"cidr_overlaps",
			[]any{list("10.0.0.0/8", "9.0.0.0/8", "10.0.0.0/8")},
			[]any{object{"a": "10.0.0.0/8", "b": "10.0.0.0/8"}},
		},
		"by family": {
			"cidr_by_family",
			[]any{mixed},
			object{
				"ipv4": list("40.107.128.0/17", "40.107.0.0/17", "40.92.7.1/32", "40.92.0.0/15"),
				"ipv6": list("2a01:111:f400::/48", "2a01:111:f403::1/128"),
			},
		},
		"by family of one": {"cidr_by_family", []any{list("::/0")}, object{"ipv6": list("::/0")}},
		"count": {
			"cidr_count",
			[]any{mixed[1:5]},
			object{"ipv4_addresses": 131072.0 + 65536, "ipv6_addresses": "0", "prefixes": 4.0},
		},
		"exclude special": {
			"cidr_exclude_special",
			[]any{list("10.0.0.0/7", "2001:db8::/33", "2600::/16")},
			object{
				"cidrs": list("11.0.0.0/8", "2600::/16"),
				"removed": []any{
					object{"cidr": "10.0.0.0/8", "reason": "private use", "reference": "RFC 1918"},
					object{"cidr": "2001:db8::/33", "reason": "documentation", "reference": "RFC 3849"},
				},
			},
		},
		"exclude special, nothing left": {
			"cidr_exclude_special",
			[]any{list("fc00::/8")},
			object{
				"cidrs":   none,
				"removed": []any{object{"cidr": "fc00::/8", "reason": "unique local", "reference": "RFC 4193"}},
			},
		},
		"contains two halves":        {"cidr_contains", []any{mixed, "40.107.0.0/16"}, true},
		"contains an address":        {"cidr_contains", []any{mixed, "40.92.7.1"}, true},
		"contains half of it":        {"cidr_contains", []any{mixed, "40.106.0.0/15"}, false},
		"contains a stranger":        {"cidr_contains", []any{mixed, "41.0.0.0/8"}, false},
		"contains IPv6, in capitals": {"cidr_contains", []any{mixed, "2A01:111:F400:1::/64"}, true},
		"contains half of it, IPv6":  {"cidr_contains", []any{mixed, "2a01:111:f400::/47"}, false},
		"contains all of IPv6":       {"cidr_contains", []any{mixed, "::/0"}, false},
		"contains all of IPv4":       {"cidr_contains", []any{mixed, "0.0.0.0/0"}, false},
		"contains the other family":  {"cidr_contains", []any{list("0.0.0.0/0"), "::1"}, false},
		"merge of nothing":           {"cidr_merge", []any{none}, none},
		"overlaps of nothing":        {"cidr_overlaps", []any{none}, none},
		"by family of nothing":       {"cidr_by_family", []any{none}, object{}},
		"exclude special of nothing": {"cidr_exclude_special", []any{none}, object{"cidrs": none, "removed": none}},
		"contains, of nothing":       {"cidr_contains", []any{none, "::/0"}, false},
		"nothing less nothing":       {"cidr_subtract", []any{none, none}, none},
		"nothing less everything":    {"cidr_subtract", []any{none, list("::/0")}, none},
		"everything less nothing":    {"cidr_subtract", []any{list("::/0"), none}, list("::/0")},
		"nothing meets nothing":      {"cidr_intersect", []any{none, none}, none},
		"nothing meets everything":   {"cidr_intersect", []any{none, list("::/0")}, none},
		"everything meets nothing":   {"cidr_intersect", []any{list("::/0"), none}, none},
		"count of nothing": {
			"cidr_count", []any{none}, object{"ipv4_addresses": 0.0, "ipv6_addresses": "0", "prefixes": 0.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			wantCall(t, s, tc.want, tc.function, tc.args...)
		})
	}
}

// 2^128 has 39 digits; none may be lost on the way.
func TestCIDRCountIsExact(t *testing.T) {
	s := unconfigured(t)
	for want, gone := range map[string][]string{
		"340282366920938463463374607431768211455": {"::1"},
		"340282366920938463463374607431768211453": {"::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "8000::"},
	} {
		t.Run(want, func(t *testing.T) {
			left, err := s.Call(t, "cidr_subtract", list("0.0.0.0/0", "::/0"), list(gone...))
			if err != nil {
				t.Fatal(err)
			}
			wantCall(t, s, object{
				"ipv4_addresses": 4294967296.0, "ipv6_addresses": want, "prefixes": float64(len(left.([]any))),
			}, "cidr_count", left)
		})
	}
}

// What a parser refuses is blamed on the argument and the element, in every function.
func TestCIDRFunctionErrors(t *testing.T) {
	s := unconfigured(t)
	bad := map[string]struct {
		element any
		want    string
	}{
		"host bits": {
			"40.92.0.1/15",
			`"40.92.0.1/15" has host bits set; the prefix is 40.92.0.0/15, the address alone 40.92.0.1`,
		},
		"IPv6 host bits":      {"2a01:111:f400::1/48", `the prefix is 2a01:111:f400::/48`},
		"IPv4-mapped":         {"::ffff:40.92.0.1", "is an IPv4-mapped IPv6 address; write it as IPv4 (40.92.0.1)"},
		"IPv4-mapped prefix":  {"::ffff:40.92.0.0/112", "is an IPv4-mapped IPv6 address"},
		"zone":                {"fe80::1%eth0", `has the zone "eth0"`},
		"leading zeros":       {"040.92.0.0/15", "leading zeros"},
		"zeros in the length": {"40.92.0.0/015", "without leading zeros"},
		"length":              {"40.92.0.0/33", "IPv4 takes 0 to 32"},
		"junk":                {"outlook.com", `"outlook.com" is not an IPv4 or IPv6 prefix or address`},
		"empty":               {"", "is empty"},
		"null":                {nil, "is null"},
		"unknown":             {unknown, "is null"},
	}
	for name, calls := range argumentsWith() {
		for argument, call := range calls {
			for what, b := range bad {
				where := fmt.Sprintf("argument %d: element 2: ", argument)
				if name == "cidr_contains" && argument == 1 {
					where = "argument 1: "
				}
				t.Run(fmt.Sprintf("%s/argument %d/%s", name, argument, what), func(t *testing.T) {
					wantCallError(t, s, name, []string{where, b.want}, name, call(b.element)...)
				})
			}
		}
	}
}

// argumentsWith are calls by function and argument. In each call the argument has the
// element given; if it is a list, as its third element.
func argumentsWith() map[string][]func(bad any) []any {
	good := list("40.92.0.0/15", "::/0")
	in := func(bad any) []any { return append(slices.Clone(good), bad) }
	out := map[string][]func(any) []any{
		"cidr_contains": {
			func(bad any) []any { return []any{in(bad), "::1"} },
			func(bad any) []any { return []any{good, bad} },
		},
	}
	for _, name := range []string{"cidr_subtract", "cidr_intersect"} {
		out[name] = []func(any) []any{
			func(bad any) []any { return []any{in(bad), good} },
			func(bad any) []any { return []any{good, in(bad)} },
		}
	}
	for _, name := range []string{"cidr_merge", "cidr_overlaps", "cidr_by_family", "cidr_count", "cidr_exclude_special"} {
		out[name] = []func(any) []any{func(bad any) []any { return []any{in(bad)} }}
	}
	return out
}

func wantCallError(t *testing.T, s *providertest.Server, what string, texts []string, name string, args ...any) {
	t.Helper()
	got, err := s.Call(t, name, args...)
	if err == nil {
		t.Errorf("%s: no error, but %v", what, got)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: the error lacks %q: %v", what, text, err)
		}
	}
	if strings.HasSuffix(err.Error(), ".") {
		t.Errorf("%s: the error ends with a period, and the CLI adds another: %v", what, err)
	}
}

// Terraform refuses null for such a parameter itself; a null that comes through
// must not read as an empty list, which would open or close everything.
func TestCIDRFunctionsRefuseNullLists(t *testing.T) {
	s := unconfigured(t)
	for name, calls := range argumentsWith() {
		for argument := range calls {
			t.Run(fmt.Sprintf("%s/argument %d", name, argument), func(t *testing.T) {
				args := calls[0]("::1")
				args[argument] = nil
				wantCallError(t, s, name, []string{fmt.Sprintf("argument %d: is null", argument)}, name, args...)
			})
		}
	}
	for _, name := range everyCIDRFunction {
		for _, p := range s.Schema.Functions[name].Parameters {
			t.Run(name+"/"+p.Name, func(t *testing.T) {
				if p.AllowNullValue {
					t.Error("the parameter lets null through")
				}
				if p.AllowUnknownValues {
					t.Error("the parameter lets unknown values through")
				}
			})
		}
	}
}

func TestCIDROverlapsHasALimit(t *testing.T) {
	s := unconfigured(t)
	same := slices.Repeat(list("40.92.0.0/15"), 142) // 10,011 pairs
	wantCallError(t, s, "142 copies",
		[]string{"argument 0: ", "more than 10000 overlapping pairs", "40.92.0.0/15", "cidr_merge"}, "cidr_overlaps", same)
	pairs := result(t, s, "cidr_overlaps", same[:141]).([]any)
	if got, want := len(pairs), 141*140/2; got != want {
		t.Errorf("141 copies have %d pairs, want %d", got, want)
	}
}

func TestCIDRFunctionSignatures(t *testing.T) {
	s := unconfigured(t)
	for name, want := range map[string]string{
		"cidr_merge":     "(cidrs List[String]) List[String]",
		"cidr_subtract":  "(cidrs List[String], remove List[String]) List[String]",
		"cidr_intersect": "(a List[String], b List[String]) List[String]",
		"cidr_contains":  "(cidrs List[String], cidr_or_address String) Bool",
		"cidr_overlaps":  `(cidrs List[String]) List[Object["a":String, "b":String]]`,
		"cidr_by_family": "(cidrs List[String]) Map[List[String]]",
		"cidr_count": `(cidrs List[String]) ` +
			`Object["ipv4_addresses":Number, "ipv6_addresses":String, "prefixes":Number]`,
		"cidr_exclude_special": `(cidrs List[String]) Object["cidrs":List[String], ` +
			`"removed":List[Object["cidr":String, "reason":String, "reference":String]]]`,
	} {
		t.Run(name, func(t *testing.T) {
			fn := s.Schema.Functions[name]
			if fn == nil {
				t.Fatal("there is no such function")
			}
			var parameters []string
			for _, p := range fn.Parameters {
				parameters = append(parameters, p.Name+" "+p.Type.String())
				if p.Description == "" {
					t.Errorf("parameter %s has no description", p.Name)
				}
			}
			got := "(" + strings.Join(parameters, ", ") + ") " + fn.Return.Type.String()
			if diff := cmp.Diff(want, strings.ReplaceAll(got, "tftypes.", "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.HasSuffix(fn.Summary, ".") {
				t.Errorf("summary %q", fn.Summary)
			}
			if fn.Description == "" {
				t.Error("no description")
			}
			if fn.VariadicParameter != nil {
				t.Errorf("a variadic parameter %s", fn.VariadicParameter.Name)
			}
		})
	}
}

// Thousands of calls with random lists give what the algebra itself gives.
func TestCIDRFunctionsAnswerAsTheAlgebra(t *testing.T) {
	s, random := unconfigured(t), rand.New(rand.NewPCG(5, 6))
	for range 500 {
		a, b, asked := randomPrefixes(random), randomPrefixes(random), randomPrefix(random)
		textA, textB := list(cidr.Strings(a)...), list(cidr.Strings(b)...)
		wantCall(t, s, list(cidr.Strings(cidr.Merge(a))...), "cidr_merge", textA)
		wantCall(t, s, list(cidr.Strings(cidr.Subtract(a, b))...), "cidr_subtract", textA, textB)
		wantCall(t, s, list(cidr.Strings(cidr.Intersect(a, b))...), "cidr_intersect", textA, textB)
		wantCall(t, s, cidr.Contains(a, asked), "cidr_contains", textA, asked.String())
		address := netip.PrefixFrom(asked.Addr(), asked.Addr().BitLen())
		wantCall(t, s, cidr.Contains(a, address), "cidr_contains", textA, address.Addr().String())

		pairs, _ := cidr.Overlaps(a, 1000)
		wantPairs := make([]any, len(pairs))
		for i, p := range pairs {
			wantPairs[i] = object{"a": p.A.String(), "b": p.B.String()}
		}
		wantCall(t, s, wantPairs, "cidr_overlaps", textA)

		families := object{}
		ipv4, ipv6 := cidr.SplitFamilies(a)
		if len(ipv4) > 0 {
			families["ipv4"] = list(cidr.Strings(ipv4)...)
		}
		if len(ipv6) > 0 {
			families["ipv6"] = list(cidr.Strings(ipv6)...)
		}
		wantCall(t, s, families, "cidr_by_family", textA)

		count := cidr.CountOf(a)
		wantCall(t, s, object{
			"ipv4_addresses": plain(count.IPv4), "ipv6_addresses": count.IPv6.String(), "prefixes": float64(len(a)),
		}, "cidr_count", textA)

		kept, removed := cidr.ExcludeSpecial(a)
		wantRemoved := make([]any, len(removed))
		for i, r := range removed {
			wantRemoved[i] = object{"cidr": r.Prefix.String(), "reason": r.Block.Name, "reference": r.Block.RFC}
		}
		wantCall(t, s, object{"cidrs": list(cidr.Strings(kept)...), "removed": wantRemoved}, "cidr_exclude_special", textA)
	}
}

// plain is a number as the protocol's client returns it.
func plain(n *big.Int) any {
	if f, exact := new(big.Float).SetInt(n).Float64(); exact == big.Exact {
		return f
	}
	return n
}

func randomPrefixes(random *rand.Rand) []netip.Prefix {
	out := make([]netip.Prefix, random.IntN(30))
	for i := range out {
		out[i] = randomPrefix(random)
	}
	return out
}

// randomPrefix is often near or inside another one, in both families.
func randomPrefix(random *rand.Rand) netip.Prefix {
	raw := make([]byte, 4+12*random.IntN(2))
	raw[0] = []byte{10, 40, 32}[random.IntN(3)]
	raw[1], raw[len(raw)-1] = byte(random.IntN(4)), byte(random.IntN(4))
	addr, _ := netip.AddrFromSlice(raw)
	p, _ := addr.Prefix(6 + random.IntN(addr.BitLen()-5))
	return p
}
