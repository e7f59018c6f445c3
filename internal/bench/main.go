// Command bench runs the benchmarks and writes what they show:
//
//	bench -out docs/performance.md [-rounds 5] [packages]
//
// A machine that does other things beside makes any single figure worthless, so
// everything runs in rounds. A ratio is taken within each round; the report has
// the median of the ratios and of the times.
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
	rounds := flag.Int("rounds", 5, "runs of every benchmark")
	benchtime := flag.String("benchtime", "0.2s", "duration of a run, as go test takes it")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	if err := run(*out, *rounds, *benchtime, packages); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(out string, rounds int, benchtime string, packages []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	results := newResults()
	for i := range rounds {
		fmt.Printf("round %d of %d\n", i+1, rounds)
		// One core, so that times compare with the limits, which are for one.
		args := append([]string{"test", "-run", "^$", "-bench", ".", "-benchmem", "-cpu", "1", "-benchtime", benchtime, "-timeout", "30m"}, packages...)
		cmd := exec.CommandContext(ctx, "go", args...)
		var text strings.Builder
		cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &text), os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("go test: %w", err)
		}
		if err := results.addRound(text.String()); err != nil {
			return err
		}
	}
	machine := fmt.Sprintf("%s with %d cores, of which the benchmarks use one; %s, %s/%s", results.cpu, runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return os.WriteFile(out, []byte(results.report(machine, rounds)), 0o644)
}
