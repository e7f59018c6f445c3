// Command bench runs the benchmarks and writes what they show:
//
//	bench -out docs/performance.md -benchstat bin/benchstat [-raw bench.txt] [-rounds 9] [packages]
//
// A machine that does other things beside makes any single figure worthless, so
// everything runs in rounds. A limit's ratio is taken within each round, and its
// median counts; benchstat compares the whole commands.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
)

func main() {
	out := flag.String("out", "docs/performance.md", "file to write")
	benchstat := flag.String("benchstat", "bin/benchstat", "program that compares whole commands")
	raw := flag.String("raw", "bin/bench.txt", "file for what go test prints, to look further with benchstat")
	rounds := flag.Int("rounds", 9, "runs of every benchmark")
	benchtime := flag.String("benchtime", "0.2s", "duration of a run, as go test takes it")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	if err := run(*out, *raw, *benchstat, *rounds, *benchtime, packages); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out, raw, benchstat string, rounds int, benchtime string, packages []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	results := newResults()
	var all strings.Builder
	for i := range rounds {
		fmt.Printf("round %d of %d\n", i+1, rounds)
		// One core, so that times compare with the limits, which are for one.
		args := append([]string{
			"test", "-run", "^$", "-bench", ".", "-benchmem", "-cpu", "1",
			"-benchtime", benchtime, "-timeout", "30m",
		}, packages...)
		cmd := exec.CommandContext(ctx, "go", args...)
		var text strings.Builder
		cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &text), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go test: %w", err)
		}
		if err := results.addRound(text.String()); err != nil {
			return err
		}
		all.WriteString(text.String())
	}
	if err := os.WriteFile(raw, []byte(all.String()), 0o600); err != nil {
		return err
	}
	var commands strings.Builder
	for _, args := range [][]string{
		{"-filter", ".name:Command", "-row", "/command", "-col", "/provider@(empty eop http)"},
		{"-filter", ".name:ManySources", "-row", ".name", "-col", "/sources@(1 100 500)"},
		{"-filter", ".name:Start", "-row", ".name", "-col", "/provider@(empty eop http)"},
	} {
		cmd := exec.CommandContext(ctx, benchstat, append(args, "-ignore", "pkg", raw)...)
		cmd.Stdout, cmd.Stderr = &commands, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", benchstat, err)
		}
	}
	machine := fmt.Sprintf("%s with %d cores, of which the benchmarks use one; %s, "+
		"%s/%s", results.cpu, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return os.WriteFile(out, []byte(results.report(machine, rounds, commands.String())), 0o644)
}
