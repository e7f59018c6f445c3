package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// measure is one line of a benchmark's output.
type measure struct {
	ns    float64 // per operation
	bytes float64 // allocated per operation, in sum and not at once
	cpu   float64 // nanoseconds per operation of a command and the processes below it
}

// results are the measures of every benchmark, one a round.
type results struct {
	cpu    string
	names  []string // in the order they ran
	rounds map[string][]measure
}

func newResults() *results { return &results{cpu: "unknown processor", rounds: map[string][]measure{}} }

// addRound reads what go test printed.
func (r *results) addRound(output string) error {
	for line := range strings.Lines(output) {
		fields := strings.Fields(line)
		if cpu, ok := strings.CutPrefix(strings.TrimSpace(line), "cpu: "); ok {
			r.cpu = cpu
		}
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		var m measure
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			switch fields[i+1] {
			case "ns/op":
				m.ns = value
			case "B/op":
				m.bytes = value
			case "cpu-ns/op":
				m.cpu = value
			}
		}
		name := strings.TrimPrefix(fields[0], "Benchmark")
		if r.rounds[name] == nil {
			r.names = append(r.names, name)
		}
		r.rounds[name] = append(r.rounds[name], m)
	}
	return nil
}

// ns is the median time of a benchmark, NaN where it did not run.
func (r *results) ns(name string) float64 {
	return r.median(name, func(m measure) float64 { return m.ns })
}

func (r *results) bytes(name string) float64 {
	return r.median(name, func(m measure) float64 { return m.bytes })
}

func (r *results) median(name string, of func(measure) float64) float64 {
	var values []float64
	for _, m := range r.rounds[name] {
		values = append(values, of(m))
	}
	return median(values)
}

// ratio is the median over the rounds of one benchmark's time to another's.
func (r *results) ratio(name, to string) float64 {
	return r.ratioOf(name, to, func(m measure) float64 { return m.ns })
}

// cpuRatio is [results.ratio] for processor time.
func (r *results) cpuRatio(name, to string) float64 {
	return r.ratioOf(name, to, func(m measure) float64 { return m.cpu })
}

func (r *results) ratioOf(name, to string, of func(measure) float64) float64 {
	var values []float64
	for i, m := range r.rounds[name] {
		if i < len(r.rounds[to]) {
			values = append(values, of(m)/of(r.rounds[to][i]))
		}
	}
	return median(values)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// duration writes nanoseconds with three digits.
func duration(ns float64) string {
	switch {
	case math.IsNaN(ns):
		return "–"
	case ns < 1e3:
		return digits(ns) + " ns"
	case ns < 1e6:
		return digits(ns/1e3) + " µs"
	case ns < 1e9:
		return digits(ns/1e6) + " ms"
	}
	return digits(ns/1e9) + " s"
}

func mebibytes(bytes float64) string {
	if bytes == 0 {
		return "nothing"
	}
	return digits(bytes/(1<<20)) + " MiB"
}

func times(ratio float64) string { return digits(ratio) + "×" }

func digits(f float64) string {
	switch {
	case math.IsNaN(f):
		return "–"
	case f < 10:
		return strconv.FormatFloat(f, 'f', 2, 64)
	case f < 100:
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}
