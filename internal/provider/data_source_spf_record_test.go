package provider_test

import (
	"strings"
	"testing"

	"github.com/miekg/dns"

	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

const spfName = "eop_spf_record"

func TestSPFRecord(t *testing.T) {
	const gov = "v=spf1 ip4:23.103.191.0/24 ip6:2001:489a:2202::/62 -all"
	server := eoptest.NewDNS(t, map[string][]string{
		"spf.protection.outlook.com":   {eoptest.SPFRecord},
		"spf.protection.office365.us":  {gov},
		"spf.mine.example":             {"v=spf1 include:spf.protection.office365.us ~all"},
		"spf.fails.example":            {gov},
		"spf.protection.nothing.there": {},
	})
	server.Fail("spf.fails.example", dns.RcodeServerFailure)
	s := configured(t, nil)
	for name, tc := range map[string]struct {
		args  object
		want  object
		wants []string // in the error
	}{
		"worldwide": {nil, object{
			"instance": "worldwide", "domain": "spf.protection.outlook.com", "record": eoptest.SPFRecord,
			"ipv4_cidrs": []any{
				"40.92.0.0/15", "40.107.0.0/16", "52.100.0.0/15", "52.102.0.0/16", "52.103.0.0/17", "104.47.0.0/17",
			},
		}, nil},
		"GCC High": {object{"instance": "usgovgcchigh"}, object{
			"domain": "spf.protection.office365.us", "cidrs": []any{"23.103.191.0/24", "2001:489a:2202::/62"},
		}, nil},
		"another domain": {object{"domain": "spf.mine.example"}, object{
			"domains":      []any{"spf.mine.example", "spf.protection.office365.us"},
			"not_followed": []any{},
		}, nil},
		"no such domain": {object{"instance": "china"}, nil, []string{
			"The SPF record of spf.protection.partner.outlook.cn: ", "no such host", server.Address, "a timeout of 10s",
		}},
		"the server fails": {object{"domain": "spf.fails.example"}, nil, []string{"server misbehaving", server.Address}},
		"no record": {
			object{"domain": "spf.protection.nothing.there"}, nil, []string{"spf.protection.nothing.there"},
		},
		"a cloud unknown":     {object{"instance": "france"}, nil, []string{`AttributeName("domain")`, "Set domain"}},
		"a malformed timeout": {object{"timeout": "soon"}, nil, []string{`AttributeName("timeout")`}},
		"no port":             {object{"resolver": "192.0.2.53"}, nil, []string{`AttributeName("resolver")`, "host:port"}},
	} {
		t.Run(name, func(t *testing.T) {
			args := with(object{"resolver": server.Address}, tc.args)
			state, diags := s.Read(t, spfName, args)
			if tc.wants != nil {
				wantError(t, name, diags, tc.wants...)
				return
			}
			if len(diags) != 0 {
				t.Fatal(diags.Errors(), diags.Warnings())
			}
			wantAttributes(t, tc.want, state)
		})
	}
}

// allowlist_drift compares the two publications, and the pin takes the record as a witness.
func TestTwoPublications(t *testing.T) {
	server := eoptest.NewDNS(t, map[string][]string{"spf.protection.outlook.com": {eoptest.SPFRecord}})
	s := configured(t, nil)
	record := expected(t, s, spfName, object{"resolver": server.Address})
	list := expected(t, s, allowlistName, nil)
	drift := result(t, s, "allowlist_drift", object{"deployed": list["cidrs"], "expected": record["cidrs"]}).(object)
	wantAttributes(t, object{"missing_cidrs": []any{}}, drift)
	if got := join(t, drift["excess_cidrs"]); !strings.HasPrefix(got, "52.103.128.0/17") {
		t.Errorf("not confirmed: %s", got)
	}

	auto := object{"auto_approve": true, "witness": record["cidrs"]}
	first, _ := planAndApply(t, s, nil, object{"candidate": listA, "auto_approve": true})
	confirmed, diags := planAndApply(t, s, first, with(auto, object{"candidate": listB}))
	if diags.Warnings() != "" {
		t.Errorf("a step that the record confirms: %s", diags.Warnings())
	}
	wantAttributes(t, object{"version": "2026100100"}, confirmed)
	foreign := candidate("2026100100", "40.92.0.0/15", "40.107.0.0/16", "40.112.0.0/16", "52.100.0.0/14",
		"2a01:111:f400::/48")
	held, diags := planAndApply(t, s, first, with(auto, object{"candidate": foreign}))
	wantHeld(t, "a step that it does not confirm", first, held, diags,
		"40.112.0.0/16, of which the witness confirms 0.0 %")
}
