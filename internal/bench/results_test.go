package main

import (
	"math"
	"strings"
	"testing"
)

const twoRounds = `goos: linux
cpu: Some Processor
BenchmarkMerge/eop/100000         	       4	  50000000 ns/op	15147032 B/op	       5 allocs/op
BenchmarkMerge/netipx/100000      	       2	 100000000 ns/op	52525280 B/op	   99481 allocs/op
PASS
ok  	example.org/cidr	1.0s
`

func TestRatioIsOfTheSameRound(t *testing.T) {
	r := newResults()
	for _, output := range []string{
		twoRounds,
		strings.NewReplacer("50000000 ns", "900000000 ns", "100000000 ns", "1000000000 ns").Replace(twoRounds), // busy
		strings.NewReplacer("50000000 ns", "60000000 ns").Replace(twoRounds),
	} {
		if err := r.addRound(output); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.ratio("Merge/eop/100000", "Merge/netipx/100000"); got != 0.6 {
		t.Errorf("ratio %v, want the median 0.6 of 0.5, 0.9 and 0.6", got)
	}
	if got := r.ns("Merge/eop/100000"); got != 60e6 {
		t.Errorf("%v ns, want the median 60e6", got)
	}
	if got := r.bytes("Merge/netipx/100000"); got != 52525280 {
		t.Errorf("%v bytes, want 52525280", got)
	}
	if r.cpu != "Some Processor" {
		t.Errorf("processor %q", r.cpu)
	}
	if !math.IsNaN(r.ns("Merge/eop/7")) {
		t.Error("a benchmark that did not run has a time")
	}
}

// A figure that is missing, or over its limit, is not reached.
func TestReportSaysWhatIsNotReached(t *testing.T) {
	r := newResults()
	if err := r.addRound(twoRounds); err != nil {
		t.Fatal(err)
	}
	report := r.report("a machine", 1, "a table\n")
	for name, want := range map[string]string{
		"the machine":     "Machine: a machine.",
		"the table":       "```text\na table\n```",
		"a figure":        "| merge of 100,000 random prefixes, against netipx alone | 1.3× | 0.50× | yes |",
		"a figure missed": "| subtract of 100,000 random prefixes, against netipx alone | 1.3× | –× | **no** |",
	} {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(report, want) {
				t.Errorf("the report lacks %q:\n%s", want, report)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	for want, ns := range map[string]float64{
		"336 ns": 335.5, "39.8 µs": 39790, "4.51 ms": 4505195, "159 ms": 158633159, "3.20 s": 3.2e9,
	} {
		t.Run(want, func(t *testing.T) {
			if got := duration(ns); got != want {
				t.Errorf("duration(%v) = %s, want %s", ns, got, want)
			}
		})
	}
}
