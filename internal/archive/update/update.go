package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// run brings every instance up to date. What went wrong with one is printed, and told
// in the error, but does not hold up the others.
func (u *updater) run(ctx context.Context, from string) error {
	src, err := u.open(from)
	if err != nil {
		return err
	}
	var taken []change
	var failed []error
	for _, instance := range endpoints.Instances() {
		changes, note, err := u.update(ctx, src, instance)
		if err != nil {
			err = fmt.Errorf("%s: %w", instance, err)
			failed = append(failed, err)
			note = "failed: " + err.Error()
		}
		taken = append(taken, changes...)
		u.report(instance, changes, note)
	}
	if len(taken) > 0 {
		failed = append(failed, addToChangelog(u.changelog, taken))
	}
	return errors.Join(failed...)
}

// change is a list that was taken, beside the one before it (nil where there is none).
type change struct {
	list, before *endpoints.List
	replaced     bool
	beyond       string // why the guard refused it; empty where it did not
}

// update takes what is new of one instance. Its file is written once, whole, and only if
// every list of the instance was in order.
func (u *updater) update(
	ctx context.Context, src source, instance endpoints.Instance,
) (taken []change, note string, err error) {
	file := filepath.Join(u.into, archive.FileName(instance))
	known, err := readArchive(instance, file)
	if err != nil {
		return nil, "", err
	}
	answers, note, err := src.lists(ctx, instance)
	if err != nil {
		return nil, "", err
	}
	for _, l := range answers {
		c, err := u.take(&known, l)
		if err != nil {
			return nil, "", err
		}
		if c != nil {
			taken = append(taken, *c)
		}
	}
	if len(taken) == 0 {
		return nil, note, nil
	}
	return taken, note, os.WriteFile(file, archive.Encode(known), 0o644)
}

func readArchive(instance endpoints.Instance, file string) ([]*endpoints.List, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lists, err := archive.Decode(instance, string(data))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return lists, nil
}

// take puts a list among those known; nil where it is there already.
func (u *updater) take(known *[]*endpoints.List, l *endpoints.List) (*change, error) {
	name := string(l.Instance) + "/" + l.Version.String()
	i, found := slices.BinarySearchFunc(
		*known,
		l.Version,
		func(k *endpoints.List, v endpoints.Version) int { return k.Version.Compare(v) },
	)
	c := &change{list: l, replaced: found}
	if found {
		switch {
		case content((*known)[i]) == content(l):
			return nil, nil
		case !u.replace[name]:
			difference := endpoints.FirstDifference((*known)[i], l)
			if difference == "" {
				return nil, nil // names alone: documentation copies shorten them
			}
			return nil, fmt.Errorf(
				"version %s is archived with other content, and a published list does not change: %s. If the archived copy is "+
					"wrong, run again with REPLACE=%s",
				l.Version,
				difference,
				name,
			)
		}
	}
	for _, k := range *known {
		if k.Version.Compare(l.Version) < 0 && k.Version.Kind() != endpoints.SMTPOnly {
			c.before = k
		}
	}
	if err := u.believe(c, *known, i); err != nil {
		if !u.accept[name] {
			return nil, fmt.Errorf("%w. If the list is from Microsoft, run again with ACCEPT=%s", err, name)
		}
		c.beyond = err.Error()
	}
	if found {
		(*known)[i] = l
	} else {
		*known = slices.Insert(*known, i, l)
	}
	return c, nil
}

// believe holds a list against the guard of a run, and refuses to write history.
func (u *updater) believe(c *change, known []*endpoints.List, i int) error {
	if !c.replaced && i < len(known) {
		return fmt.Errorf(
			"version %s is older than the newest archived list, %s",
			c.list.Version,
			known[len(known)-1].Version,
		)
	}
	return endpoints.DefaultGuard().Check(c.list, c.before)
}

// content is all that a list says.
func content(l *endpoints.List) string { return string(archive.Encode([]*endpoints.List{l})) }
