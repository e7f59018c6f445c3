package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Names as the benchmarks of internal/cidr and internal/provider have them.
var (
	operations = []string{"Merge", "Subtract", "Intersect"}
	alone      = []string{"contains", "overlaps", "outermost", "count", "exclude_special", "read", "write"}
	functions  = []string{
		"cidr_merge", "cidr_subtract", "cidr_intersect", "cidr_contains",
		"cidr_overlaps", "cidr_by_family", "cidr_count", "cidr_exclude_special",
	}
)

const compare = "SubtractAndCompare/eop/50000"

// logs reads logMiB of generated logs of 10,000 users (internal/outlookclient).
const (
	logs   = "OutlookLogs/rca"
	logMiB = 64
)

// Names as the benchmarks of whole commands have them (plan_test.go).
const (
	planEOP   = "Command/command=plan/provider=eop"
	planEmpty = "Command/command=plan/provider=empty"
	planHTTP  = "Command/command=plan/provider=http"
)

// limit is a figure that must be reached.
type limit struct {
	what, limit, measured string
	met                   bool
}

func (r *results) limits() []limit {
	var out []limit
	for _, op := range operations {
		ratio := r.ratio(op+"/eop/100000", op+"/netipx/100000")
		out = append(out, limit{strings.ToLower(op) + " of 100,000 random prefixes, against netipx " +
			"alone", "1.3×", times(ratio), ratio <= 1.3})
	}
	// A binary search takes log2(100,000)/log2(1,000) = 1.67 times the steps; caches add to that.
	growth := r.ratio("Ask/eop/100000", "Ask/eop/1000")
	out = append(out, limit{"a question to a set of 100,000, against one of 1,000", "logarithmic (linear is " +
		"100×)", times(growth), growth <= 5})
	ns, bytes := r.ns(compare), r.bytes(compare)
	out = append(out,
		limit{"subtract and compare two lists of 50,000: time on one core", "0.5 s", duration(ns), ns < 0.5e9},
		limit{"the same: memory allocated in all", "100 MiB", mebibytes(bytes), bytes < 100<<20})
	rate := logMiB * (1 << 20) / r.ns(logs) * 1e3 // MB/s
	out = append(out,
		limit{"reading Outlook logs (RPC Client Access) on one core", "100 MB/s", digits(rate) + " MB/s", rate >= 100},
		limit{
			"the same, 64 MiB of logs with 10,000 users: memory allocated in all", "64 MiB",
			mebibytes(r.bytes(logs)), r.bytes(logs) < 64<<20,
		})
	wall, cpu := r.ratio(planEOP, planEmpty), r.cpuRatio(planEOP, planEmpty)
	many := r.ratio("ManySources/sources=500", "ManySources/sources=1")
	out = append(out,
		limit{"a plan with one data source, against a provider that does nothing: time", "1.08×", times(wall), wall <= 1.08},
		limit{"the same: processor time", "1.08×", times(cpu), cpu <= 1.08},
		limit{"a plan with 500 data sources, against one", "20×", times(many), many <= 20})
	if wall := r.ratio(planEOP, planHTTP); !math.IsNaN(wall) {
		out = append(out, limit{
			"a plan with one data source, against hashicorp/http and `jsondecode`: time", "1.00×", times(wall), wall <= 1,
		})
	}
	worst, name := 0.0, ""
	for _, f := range functions {
		ratio := r.ratio("Call/"+f+"/7", "Call/echo/7")
		if ratio > worst || math.IsNaN(ratio) {
			worst, name = ratio, f
		}
	}
	return append(out, limit{"a call of any function with 7 prefixes, against an echo function (slowest: " +
		"`" + name + "`)", "2×", times(worst), worst <= 2})
}

// report is the whole document.
// commands is what benchstat says of the benchmarks of whole commands.
func (r *results) report(machine string, rounds int, commands string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Performance\n\nWritten by `make bench`; do not edit. Ratios and times are medians of %d "+
		"rounds, and each ratio is of two benchmarks of the same round.\n\nMachine: %s.\n", rounds, machine)

	b.WriteString("\n## What must be reached\n\n| figure | limit | measured | reached |\n|---|---|---|---|\n")
	for _, l := range r.limits() {
		reached := "yes"
		if !l.met {
			reached = "**no**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", l.what, l.limit, l.measured, reached)
	}
	b.WriteString("\n## What a user waits for\n\nWhole commands, with the start of CLI and provider, by benchstat: " +
		"medians, " +
		"their spread, and how they differ from the first column. `empty` is a provider of the same framework with one " +
		"data source of six texts; `validate` only starts the provider and reads its schema. `cpu-sec` is the processor " +
		"time of CLI and provider, `peak-B` the memory of the larger of the two.\n")
	fmt.Fprintf(&b, "\n```text\n%s```\n", commands)
	r.writeGrowth(&b)
	r.writeCalls(&b)
	r.writeCLI(&b)
	r.writeOthers(&b)
	return b.String()
}

func (r *results) writeGrowth(b *strings.Builder) {
	b.WriteString("\n## Growth\n\nThe algebra on random prefixes, two thirds IPv4, without Terraform. Ten times " +
		"the prefixes may cost a little over ten times as much (sorting); a hundred times would be quadratic.\n\n")
	b.WriteString("| operation | 1,000 | 10,000 | 100,000 | 1,000 to 10,000 | 10,000 to 100,000 | allocated at " +
		"100,000 |\n|---|---|---|---|---|---|---|\n")
	row := func(title, name string) {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", title,
			duration(r.ns(name+"/1000")), duration(r.ns(name+"/10000")), duration(r.ns(name+"/100000")),
			times(r.ratio(name+"/10000", name+"/1000")), times(r.ratio(name+"/100000", name+"/10000")),
			mebibytes(r.bytes(name+"/100000")))
	}
	for _, op := range operations {
		row(strings.ToLower(op), op+"/eop")
		row(strings.ToLower(op)+", netipx alone", op+"/netipx")
	}
	row("a question to a finished set", "Ask/eop")
	row("a question to a finished set, netipx alone", "Ask/netipx")
	for _, op := range alone {
		row(map[string]string{
			"contains": "contains, from a list (one reading, no sorting)", "overlaps": "overlaps, 10,000 pairs at most",
			"count": "count", "exclude_special": "exclude special", "read": "read text", "write": "write " +
				"text", "outermost": "outermost",
		}[op], "Alone/"+op)
	}
}

func (r *results) writeCalls(b *strings.Builder) {
	b.WriteString("\n## A function call\n\nFrom MessagePack to MessagePack in one process, without a CLI. `echo` " +
		"is the one function of a provider that does nothing else, and so what protocol and framework cost; the last " +
		"row is the work of `cidr_merge` on Go strings, reading and writing text included. The prefixes do not touch, " +
		"so the answers are as long as they can be.\n\n")
	b.WriteString("| function | 7 prefixes | against echo | 1,000 | 10,000 | against echo | 1,000 to 10,000 " +
		"|\n|---|---|---|---|---|---|---|\n")
	for _, f := range append([]string{"echo"}, append(functions, "algebra_of_cidr_merge")...) {
		title := "`" + f + "`"
		if f == "algebra_of_cidr_merge" {
			title = "the algebra of `cidr_merge`"
		}
		name := "Call/" + f
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s |\n", title,
			duration(r.ns(name+"/7")), times(r.ratio(name+"/7", "Call/echo/7")), duration(r.ns(name+"/1000")),
			duration(r.ns(name+"/10000")), times(r.ratio(name+"/10000", "Call/echo/10000")),
			times(r.ratio(name+"/10000", name+"/1000")))
	}
	share := 1 - r.ratio("Call/algebra_of_cidr_merge/10000", "Call/cidr_merge/10000")
	fmt.Fprintf(b, "\nOf `cidr_merge` of 10,000 prefixes, protocol and framework are %.0f %%.\n", 100*share)
}

func (r *results) writeCLI(b *strings.Builder) {
	b.WriteString("\n## Through a CLI\n\nA plan, with the start of CLI and provider. Terraform turns a tuple, " +
		"which is what `jsondecode` returns, into a list at quadratic cost before a provider sees it; `split` and " +
		"data sources return lists. The last row, seconds of the CLI's own, is measured with one CLI only.\n\n")
	b.WriteString("| plan with 10,000 prefixes | terraform | tofu |\n|---|---|---|\n")
	for _, row := range []struct{ title, name string }{
		{"`split`, no function", "split"},
		{"`cidr_merge` of `split`", "cidr_merge_of_split"},
		{"`tolist` of `jsondecode`, no function", "jsondecode"},
	} {
		fmt.Fprintf(b, "| %s | %s | %s "+
			"|\n", row.title, duration(r.ns("Plan/terraform/"+row.name)), duration(r.ns("Plan/tofu/"+row.name)))
	}
}

// writeOthers lists the benchmarks that no table above is about.
func (r *results) writeOthers(b *strings.Builder) {
	b.WriteString("\n## Other benchmarks\n\n| benchmark | time | allocated |\n|---|---|---|\n")
	shown := slices.Concat(operations,
		[]string{"Ask", "Alone", "SubtractAndCompare", "Call", "Plan", "Command", "ManySources", "Start"})
	for _, name := range r.names {
		if family, _, _ := strings.Cut(name, "/"); slices.Contains(shown, family) {
			continue
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, duration(r.ns(name)), mebibytes(r.bytes(name)))
	}
}
