// Package compat knows where the lists plug in: the attributes of cloud rule
// resources with their types, and the form each target demands of a value.
//
// targets.json is the table: for each provider in the version named there, the
// types, flags and rules that its schema, source or documentation states, as of
// November 2026. It is for tests: they convert our values by Terraform's own
// rules to the types in it, and a stand-in of each cloud provider serves it as a
// schema and keeps its rules, so that the examples run offline.
package compat

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

//go:embed targets.json
var targetsJSON []byte

// Table is targets.json.
type Table struct {
	// Providers by their source address, such as "hashicorp/aws".
	Providers map[string]Provider `json:"providers"`
	// Resources by their type, such as "google_compute_firewall".
	Resources map[string]Resource `json:"resources"`
	// DataSources by their type; of them only what the drift examples read.
	DataSources map[string]Resource `json:"data_sources"`
}

// Provider is a cloud provider in the registry.
type Provider struct {
	// Version of the provider that the types and rules were read from; empty where
	// they were compared with documentation alone.
	Version string `json:"version"`
	// TypesFrom is "schema" for what the provider itself printed, "source" for
	// what was read from its code, else "source and documentation".
	TypesFrom string `json:"types_from"`
}

// Resource is a resource type with those of its attributes that rules use.
//
// Paths name attributes, or attributes of attributes as "match.layer4_configs",
// in every element of a collection on the way; "addresses.#" are a map's keys.
type Resource struct {
	// Attributes by name; the type as Terraform writes type constraints in JSON,
	// blocks as the collection of objects that they are in a value.
	Attributes map[string]json.RawMessage `json:"attributes"`
	// Blocks are written as blocks, Nested as nested attributes. What is not
	// Required is optional. Computed can be written or left to the provider,
	// ReadOnly is the provider's alone. All are paths.
	Blocks   []string `json:"blocks"`
	Nested   []string `json:"nested"`
	Required []string `json:"required"`
	Computed []string `json:"computed"`
	ReadOnly []string `json:"read_only"`
	// Rules are what the provider refuses at plan, API what the cloud refuses at
	// apply.
	Rules
	API Rules `json:"api"`
	// Key is the path of the texts that other objects refer to this one by, and
	// Refers are the paths of texts that refer to objects of these types. What is
	// referred to cannot be deleted.
	Key    string              `json:"key"`
	Refers map[string][]string `json:"refers"`
	// Answers are values of top-level attributes that the cloud reports where none
	// was written.
	Answers map[string]string `json:"answers"`
	// Place is where the cloud orders these objects: the last to ask for it is first.
	Place *Place `json:"place"`
}

// Place says where an object stands among others.
type Place struct {
	At string `json:"at"` // path of the text, "first" or something else
	In string `json:"in"` // path of what the order is in, such as a rulebase
}

// Rules are what a configuration has to keep to beyond its types.
type Rules struct {
	MinItems  map[string]int      `json:"min_items"`  // of a collection that is written
	MaxItems  map[string]int      `json:"max_items"`  // of a collection
	MaxLength map[string]int      `json:"max_length"` // of a text, in characters
	Values    map[string][]string `json:"values"`     // that a text may have
	Forms     map[string]string   `json:"forms"`      // of texts, by name in [Forms]

	ExactlyOneOf []Choice `json:"exactly_one_of"`
	AtMostOneOf  []Choice `json:"at_most_one_of"`
	AtLeastOneOf []Choice `json:"at_least_one_of"`
	OneFamily    []Choice `json:"one_family"` // IPv4 or IPv6, in all attributes together
}

// Choice is a rule for several attributes of one object.
type Choice struct {
	In     string            `json:"in"`     // path of the object, empty for the resource
	Of     []string          `json:"of"`     // paths from there
	Unless map[string]string `json:"unless"` // values of the object's attributes that lift the rule
}

// Targets reads the table.
func Targets() (*Table, error) {
	t := &Table{}
	if err := json.Unmarshal(targetsJSON, t); err != nil {
		return nil, fmt.Errorf("targets.json: %w", err)
	}
	return t, nil
}

// Source is the source address of the provider that a resource type belongs to,
// and empty where the table has none.
func (t *Table) Source(resource string) string {
	prefix, _, _ := strings.Cut(resource, "_")
	for source := range t.Providers {
		if source[strings.LastIndex(source, "/")+1:] == prefix {
			return source
		}
	}
	return ""
}

// Of are the types of a table that belong to the provider with this type, such
// as "google".
func Of(table map[string]Resource, provider string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(table)) {
		if strings.HasPrefix(name, provider+"_") {
			out = append(out, name)
		}
	}
	return out
}
