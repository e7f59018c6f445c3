package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
)

// find returns the values at a path, within every element of each collection on
// the way; "#" are a map's keys. What is null or unknown on the way ends there.
func find(v tftypes.Value, path string) []tftypes.Value {
	if path == "" {
		return []tftypes.Value{v}
	}
	if !v.IsKnown() || v.IsNull() {
		return nil
	}
	name, rest, _ := strings.Cut(path, ".")
	elements := map[string]tftypes.Value{}
	if v.Type().Is(tftypes.Object{}) {
		_ = v.As(&elements)
		return find(elements[name], rest)
	}
	var out, list []tftypes.Value
	if v.Type().Is(tftypes.Map{}) {
		_ = v.As(&elements)
		for _, key := range slices.Sorted(maps.Keys(elements)) {
			if name == "#" {
				out = append(out, tftypes.NewValue(tftypes.String, key))
			}
			list = append(list, elements[key])
		}
		if name == "#" {
			return out
		}
	} else {
		_ = v.As(&list)
	}
	for _, element := range list {
		out = append(out, find(element, path)...)
	}
	return out
}

// objectsAt are the objects at a path, each of a collection's.
func objectsAt(v tftypes.Value, path string) (out []tftypes.Value) {
	for _, found := range find(v, path) {
		if found.Type().Is(tftypes.Object{}) || !found.IsKnown() || found.IsNull() {
			out = append(out, found)
			continue
		}
		var list []tftypes.Value
		if byKey := map[string]tftypes.Value{}; found.As(&byKey) == nil {
			list = slices.Collect(maps.Values(byKey))
		} else {
			_ = found.As(&list)
		}
		out = append(out, list...)
	}
	return out
}

// texts are the known texts at a path, those of collections included.
func texts(v tftypes.Value, path string) (out []string) {
	for _, found := range find(v, path) {
		if !found.IsKnown() || found.IsNull() {
			continue
		}
		if found.Type().Is(tftypes.String) {
			s := ""
			_ = found.As(&s)
			out = append(out, s)
			continue
		}
		var elements []tftypes.Value
		if found.As(&elements) == nil {
			for _, e := range elements {
				out = append(out, texts(e, "")...)
			}
		}
	}
	return out
}

// broken lists what a configuration breaks of the rules. What is unknown breaks
// none.
func (r *resource) broken(rules compat.Rules, v tftypes.Value) (out []error) {
	refuse := func(format string, args ...any) { out = append(out, fmt.Errorf(format, args...)) }
	for _, path := range slices.Sorted(maps.Keys(rules.MinItems)) {
		for _, n := range counts(v, path) {
			if n < rules.MinItems[path] {
				refuse("Not enough list items: attribute %s requires %d item minimum, but config has only %d declared",
					path, rules.MinItems[path], n)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(rules.MaxItems)) {
		for _, n := range counts(v, path) {
			if n > rules.MaxItems[path] {
				refuse("Too many list items: attribute %s supports %d item maximum, but config has %d declared",
					path, rules.MaxItems[path], n)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(rules.MaxLength)) {
		for _, s := range texts(v, path) {
			if utf8.RuneCountInString(s) > rules.MaxLength[path] {
				refuse("expected length of %s to be in the range (0 - %d), got %s", path, rules.MaxLength[path], s)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(rules.Values)) {
		for _, s := range texts(v, path) {
			if !slices.Contains(rules.Values[path], s) {
				refuse("expected %s to be one of %q, got %s", path, rules.Values[path], s)
			}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(rules.Forms)) {
		for _, s := range texts(v, path) {
			if err := compat.Forms[rules.Forms[path]](s); err != nil {
				refuse("%s: %w", path, err)
			}
		}
	}
	for _, c := range rules.ExactlyOneOf {
		out = append(out, r.choose(c, v, 1, 1)...)
	}
	for _, c := range rules.AtMostOneOf {
		out = append(out, r.choose(c, v, 0, 1)...)
	}
	for _, c := range rules.AtLeastOneOf {
		out = append(out, r.choose(c, v, 1, len(c.Of))...)
	}
	for _, c := range rules.OneFamily {
		for _, object := range objectsAt(v, c.In) {
			if err := oneFamily(object, c.Of); err != nil {
				out = append(out, err)
			}
		}
	}
	return out
}

// counts are the sizes of the known collections at a path. Blocks are left to
// Terraform, which counts them itself.
func counts(v tftypes.Value, path string) (out []int) {
	for _, found := range find(v, path) {
		var elements []tftypes.Value
		if found.IsKnown() && !found.IsNull() && found.As(&elements) == nil {
			out = append(out, len(elements))
		}
	}
	return out
}

// choose demands that between least and most of the choice's attributes are set.
func (r *resource) choose(c compat.Choice, v tftypes.Value, least, most int) (out []error) {
	for _, object := range objectsAt(v, c.In) {
		if !object.IsKnown() || object.IsNull() || lifted(c, object) {
			continue
		}
		set, unknown := []string{}, false
		for _, path := range c.Of {
			for _, found := range find(object, path) {
				unknown = unknown || !found.IsKnown()
				if !found.IsNull() {
					set = append(set, path)
				}
			}
		}
		names := strings.Join(c.Of, ", ")
		switch {
		case unknown || len(set) >= least && len(set) <= most:
		case most == 1 && least == 1:
			out = append(out, fmt.Errorf("exactly one of [%s] must be configured, not %d", names, len(set)))
		case least == 0:
			out = append(out, fmt.Errorf("only one of [%s] can be used, not %s", names, strings.Join(set, " and ")))
		default:
			out = append(out, fmt.Errorf("one of [%s] must be defined", names))
		}
	}
	return out
}

func lifted(c compat.Choice, object tftypes.Value) bool {
	for path, value := range c.Unless {
		if slices.Contains(texts(object, path), value) {
			return true
		}
	}
	return false
}

// oneFamily demands that the addresses and prefixes at the paths are all IPv4 or
// all IPv6. Other texts, such as "*" and tags, have no family.
func oneFamily(v tftypes.Value, paths []string) error {
	var prefixes []string
	for _, path := range paths {
		for _, s := range texts(v, path) {
			if _, err := netip.ParsePrefix(s); err == nil {
				prefixes = append(prefixes, s)
			} else if addr, err := netip.ParseAddr(s); err == nil {
				prefixes = append(prefixes, netip.PrefixFrom(addr, addr.BitLen()).String())
			}
		}
	}
	if err := compat.OneFamily(prefixes); err != nil {
		return fmt.Errorf("address prefixes from different address families: %w", err)
	}
	return nil
}
