// Command run shows the provider at work, offline:
//
//	run demo            show a firewall with an old list, its drift, and the approval that closes it
//	run schema          print the provider's schema as the docs generator takes it
//
// Both use the provider binary bin/terraform-provider-eop and the first CLI at
// hand, from the root of the repository.
package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

const binary = "bin/terraform-provider-eop"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	switch {
	case len(args) == 1 && args[0] == "demo":
		return demo(ctx)
	case len(args) == 1 && args[0] == "schema":
		return schema(ctx)
	}
	return fmt.Errorf("unknown arguments %q", args)
}

func open(config string) (*sandbox.Sandbox, sandbox.CLI, error) {
	clis, err := sandbox.Find(".")
	if err != nil {
		return nil, sandbox.CLI{}, err
	}
	s, err := sandbox.New(clis[0], binary, config, nil)
	return s, clis[0], err
}

// approval is the argument by which the demo's firewall gets the newer list.
const approval = "-var=approved_version=2026081400"

func demo(ctx context.Context) (err error) {
	s, cli, err := open("examples/quickstart")
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, s.Close()) }()
	fmt.Println("examples/quickstart, on the lists inside the provider: no network is used.")
	for _, step := range []struct{ title, command string }{
		{"A firewall is made with the list of May 2014.", "init"},
		{"", "apply -auto-approve"},
		{
			"Somebody approves the list of August 2026. The plan shows each rule that comes or goes.",
			"plan -out=demo.tfplan " + approval,
		},
		{"", "apply demo.tfplan"},
	} {
		if step.title != "" {
			fmt.Printf("\n== %s\n", step.title)
		}
		fmt.Printf("\n$ %s %s\n", cli.Name, step.command)
		if err := s.Must(ctx, os.Stdout, append(strings.Fields(step.command), "-no-color")...); err != nil {
			return err
		}
	}
	return nil
}

func schema(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "eop-schema-")
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, os.RemoveAll(dir)) }()
	if err := os.WriteFile(dir+"/versions.tf", []byte(sandbox.RequiredProvider), 0o600); err != nil {
		return err
	}
	s, _, err := open(dir)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, s.Close()) }()
	if err := s.Must(ctx, io.Discard, "init"); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := s.Must(ctx, &out, "providers", "schema", "-json"); err != nil {
		return err
	}
	var doc struct {
		FormatVersion string                     `json:"format_version"`
		Schemas       map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		return err
	}
	for name, schema := range doc.Schemas { // the generator looks for the provider under its short name only
		delete(doc.Schemas, name)
		doc.Schemas["eop"] = schema
		break
	}
	return json.NewEncoder(os.Stdout).Encode(doc)
}
