// Command generate writes the embedded archive from a folder of service answers:
//
//	generate [-from DIR] [-incomplete INSTANCE/VERSION,...] [-into DIR]
//
// Without -from it checks the archive's text and writes the compressed copies anew.
//
// DIR holds <instance>/<version>.json, each the answer of the web service's
// endpoints method, with the version the service gave it, or the date it was
// captured where that is not known. Lists already in the archive stay; one that
// comes again must be equal. Before June 2018 there was no service: such a list
// is a file of one set with service area Exchange, port 25 and the addresses.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

func main() {
	from := flag.String("from", "", "folder with <instance>/<version>.json")
	into := flag.String("into", "internal/archive/lists", "folder of the archive's files")
	incomplete := flag.String("incomplete", "", "comma-separated <instance>/<version> whose URL lists lack wildcard-only entries")
	flag.Parse()
	if err := run(*from, *into, strings.Split(*incomplete, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(from, into string, incomplete []string) error {
	for _, instance := range endpoints.Instances() {
		if err := update(instance, from, into, incomplete); err != nil {
			return fmt.Errorf("%s: %w", instance, err)
		}
	}
	return nil
}

// update merges one instance's answers into its file.
func update(instance endpoints.Instance, from, into string, incomplete []string) error {
	file := filepath.Join(into, string(instance)+".txt")
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lists, err := archive.Decode(instance, string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	var answers []*endpoints.List
	if from != "" {
		if answers, err = readAnswers(instance, filepath.Join(from, string(instance)), incomplete); err != nil {
			return err
		}
	}
	for _, a := range answers {
		i, known := slices.BinarySearchFunc(lists, a, func(x, y *endpoints.List) int { return x.Version.Compare(y.Version) })
		if !known {
			lists = slices.Insert(lists, i, a)
			continue
		}
		one := func(l *endpoints.List) []byte { return archive.Encode([]*endpoints.List{l}) }
		if !bytes.Equal(one(lists[i]), one(a)) {
			return fmt.Errorf("version %s is in the archive with other content; a published list does not change", a.Version)
		}
	}
	return write(file, archive.Encode(lists))
}

// write puts the text into the folder and its compressed copy, for the binary, beside it.
func write(file string, text []byte) error {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(file+".gz", packed.Bytes(), 0o644)
}

func readAnswers(instance endpoints.Instance, dir string, incomplete []string) ([]*endpoints.List, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []*endpoints.List
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		version, err := endpoints.ParseVersion(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		sets, err := endpoints.DecodeSets(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if version.Kind() == endpoints.SMTPOnly {
			sets, err = beforeTheService(sets)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
		}
		out = append(out, &endpoints.List{
			Instance: instance, Version: version, Sets: sets,
			URLsIncomplete: slices.Contains(incomplete, string(instance)+"/"+name),
		})
	}
	slices.SortFunc(out, func(a, b *endpoints.List) int { return a.Version.Compare(b.Version) })
	return out, nil
}

// beforeTheService keeps the only facts such a list has: ids, categories and
// flags came with the service.
func beforeTheService(sets []endpoints.Set) ([]endpoints.Set, error) {
	if len(sets) != 1 {
		return nil, fmt.Errorf("%d sets; a list from before the service is one", len(sets))
	}
	s := sets[0]
	return []endpoints.Set{{ServiceArea: endpoints.Exchange, TCPPorts: endpoints.Ports{{From: endpoints.SMTPPort, To: endpoints.SMTPPort}}, Prefixes: s.Prefixes}}, nil
}
