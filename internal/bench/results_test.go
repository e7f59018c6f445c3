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
		strings.NewReplacer("50000000 ns", "900000000 ns", "100000000 ns", "1000000000 "+
			"ns").Replace(twoRounds), // a busy machine
		strings.NewReplacer("50000000 ns", "60000000 ns").Replace(twoRounds),
	} {
		if err := r.addRound(output); err != nil {
			t.Fatal(err)
		}
	}
	if got := r.ratio("Merge/eop/100000", "Merge/netipx/100000"); got != 0.6 {
		t.Errorf("ratio %v, want the median 0.6 of 0.5, 0.9 and 0.6", got)
	}
	if r.ns("Merge/eop/100000") != 60e6 || r.bytes("Merge/netipx/100000") != 52525280 || r.cpu != "Some Processor" {
		t.Errorf("%v ns, %v bytes, %q", r.ns("Merge/eop/100000"), r.bytes("Merge/netipx/100000"), r.cpu)
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
	for _, want := range []string{
		"Machine: a machine.",
		"```text\na table\n```",
		"| merge of 100,000 random prefixes, against netipx alone | 1.3× | 0.50× | yes |",
		"| subtract of 100,000 random prefixes, against netipx alone | 1.3× | –× | **no** |",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
}

func TestDuration(t *testing.T) {
	for ns, want := range map[float64]string{335.5: "336 ns", 39790: "39.8 µs", 4505195: "4.51 " +
		"ms", 158633159: "159 ms", 3.2e9: "3.20 s"} {
		if got := duration(ns); got != want {
			t.Errorf("duration(%v) = %s, want %s", ns, got, want)
		}
	}
}
