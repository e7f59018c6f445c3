package endpoints

import (
	"fmt"
	"slices"
	"strings"
)

// Selection narrows a list to endpoint sets. An empty field does not narrow;
// the set must match every field that is given.
type Selection struct {
	ServiceAreas     []string // in any case
	Categories       []string // in any case
	IDs              []int
	RequiredOnly     bool
	ExpressRouteOnly bool
	TCPPort, UDPPort int // 0: any
}

// SelectionField is a field of a [Selection].
type SelectionField string

// The fields, in the words of an error text.
const (
	ByServiceArea SelectionField = "service area"
	ByCategory    SelectionField = "category"
	ByID          SelectionField = "id"
)

// NoSuchError says that a selection names something the list does not have.
type NoSuchError struct {
	Field SelectionField
	Index int
	Value string
	Known []string
}

func (e *NoSuchError) Error() string {
	return fmt.Sprintf("the list has no set with the %s %s; it has %s", e.Field, e.Value, strings.Join(e.Known, ", "))
}

// Select returns the sets that match, in the order of their ids. A service
// area, category or id that no set of the list has is a *[NoSuchError]: it is a
// slip, and a selection that quietly loses a part opens or closes too much.
func (l *List) Select(s Selection) ([]Set, error) {
	if err := l.checkNames(s); err != nil {
		return nil, err
	}
	has := func(names []string, name string) bool {
		return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	}
	var out []Set
	for _, set := range l.Sets {
		if has(s.ServiceAreas, set.ServiceArea) && has(s.Categories, set.Category) &&
			(len(s.IDs) == 0 || slices.Contains(s.IDs, set.ID)) &&
			(!s.RequiredOnly || set.Required) && (!s.ExpressRouteOnly || set.ExpressRoute) &&
			(s.TCPPort == 0 || set.TCPPorts.Contain(uint16(s.TCPPort))) &&
			(s.UDPPort == 0 || set.UDPPorts.Contain(uint16(s.UDPPort))) {
			out = append(out, set)
		}
	}
	return out, nil
}

func (l *List) checkNames(s Selection) error {
	var areas, categories, ids []string
	for _, set := range l.Sets {
		areas = append(areas, set.ServiceArea)
		categories = append(categories, set.Category)
		ids = append(ids, fmt.Sprint(set.ID))
	}
	var wanted []string
	for _, id := range s.IDs {
		wanted = append(wanted, fmt.Sprint(id))
	}
	for _, f := range []struct {
		field         SelectionField
		wanted, known []string
	}{
		{ByServiceArea, s.ServiceAreas, distinct(areas)},
		{ByCategory, s.Categories, distinct(categories)},
		{ByID, wanted, ids},
	} {
		for i, w := range f.wanted {
			if !slices.ContainsFunc(f.known, func(k string) bool { return strings.EqualFold(k, w) }) {
				return &NoSuchError{f.field, i, w, f.known}
			}
		}
	}
	return nil
}

func distinct(in []string) []string {
	slices.Sort(in)
	return slices.Compact(in)
}
