package endpoints_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

const oneSet = `"id":10,"serviceArea":"Exchange","category":"Allow","required":true,"expressRoute":true,"tcpPorts":"25"`

// Every program must see the same list in an answer.
func TestDecodeSetsIsStrict(t *testing.T) {
	for name, tc := range map[string]struct{ body, want string }{
		"a key twice": {
			`[{` + oneSet + `,"ips":["40.92.0.0/15"],"ips":["52.100.0.0/14"]}]`, `the keys "ips" and "ips"`,
		},
		"twice in another case": {
			`[{` + oneSet + `,"ips":["40.92.0.0/15"],"IPS":["52.100.0.0/14"]}]`, `the keys "ips" and "IPS"`,
		},
		"once, in another case": {`[{` + oneSet + `,"IPS":["52.100.0.0/14"]}]`, `"IPS" is not spelled "ips"`},
		"a folded letter":       {`[{` + oneSet + `,"url\u017f":["a.example"]}]`, `is not spelled "urls"`},
		"an unknown key twice":  {`[{` + oneSet + `,"x":{"a":1,"a":2}}]`, `the keys "a" and "a"`},
		"nested too deep":       {strings.Repeat("[", 100), "levels deep"},
		"too many sets":         {"[" + strings.Repeat("{},", 10_000) + "{}]", "10001 endpoint sets"},
		"too many prefixes": {
			`[{` + oneSet + `,"ips":[` + strings.Repeat(`"1",`, 100_000) + `"1"]}]`, "more than 100000 elements",
		},
		"too many keys":     {`[{` + keys(300) + `}]`, "more than 200 keys"},
		"cut in the middle": {`[{"id":10`, "unexpected EOF"},
		"two values":        {`[] []`, "something follows"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := endpoints.DecodeSets([]byte(tc.body))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want an error with %q", err, tc.want)
			}
		})
	}
	t.Run("an unknown key", func(t *testing.T) {
		body := `[{` + oneSet + `,"ips":["40.92.0.0/15"],"notes":{"a":[1,{}]}}]`
		if _, err := endpoints.DecodeSets([]byte(body)); err != nil {
			t.Error(err)
		}
	})
}

func keys(n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(out, ",")
}

func TestHostPatterns(t *testing.T) {
	for name, ok := range map[string]bool{
		"outlook.office365.com": true, "*.mail.protection.outlook.com": true, "autodiscover.*.onmicrosoft.com": true,
		"*cdn.onenote.net": true, "*.apps.mil": true, "a_b.example.com": true,
		"*": false, "*.com": false, "*.*.com": false, "x.*": false, "..": false, "-": false, "-a.example": false,
		"a..b":      false,
		"localhost": false, "a.b.": false, "": false, "a b.example": false, "evil.example/path": false,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := endpoints.DecodeSets([]byte(fmt.Sprintf(`[{%s,"urls":[%q]}]`, oneSet, name)))
			if (err == nil) != ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

// What a hostile answer makes the decoder allocate stays within a small multiple of it.
func TestHostileJSONIsCheap(t *testing.T) {
	const size = 8 << 20
	for name, body := range map[string]string{
		"empty objects": "[" + strings.Repeat("{},", size/3) + "{}]",
		"brackets":      strings.Repeat("[", size),
		"numbers":       "[" + strings.Repeat("1,", size/2) + "1]",
		"one string":    `["` + strings.Repeat("a", size) + `"]`,
		"keys":          "[{" + keys(size/10) + "}]",
		"many objects":  "[" + strings.Repeat("{"+keys(199)+"},", size/2000) + "{}]",
		"many prefixes": "[" + strings.Repeat(`{"ips":["`+strings.Repeat(`192.0.2.1/32","`, 10)+`"]},`, size/200) + "{}]",
	} {
		t.Run(name, func(t *testing.T) {
			data := []byte(body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := endpoints.DecodeSets(data); err == nil {
				t.Error("it was accepted")
			}
			runtime.ReadMemStats(&after)
			if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
				t.Errorf("%d MiB were allocated", got>>20)
			}
		})
	}
}
