// Package compat knows where the lists plug in: the attributes of cloud rule
// resources with their types, and the form each target demands of a value.
//
// targets.json is the table, as the providers' schemas, sources and
// documentation stated it in August 2026. It is for tests: they convert our
// values by Terraform's own rules to the types in it, and a stand-in of each
// cloud provider serves it as a schema, so that the examples run offline.
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
	TypesFrom string `json:"types_from"` // what the types were read from: "schema", or "source and documentation"
}

// Resource is a resource type with those of its attributes that rules use.
type Resource struct {
	// Attributes by name; the type as Terraform writes type constraints in JSON,
	// blocks as the collection of objects that they are in a value.
	Attributes map[string]json.RawMessage `json:"attributes"`
	// Blocks, Nested, Required and Computed name attributes, or attributes of
	// them as "match.layer4_configs". Blocks are written as blocks, Nested as
	// nested attributes, whose own attributes are optional. What is computed
	// can be written, too, but for id.
	Blocks   []string `json:"blocks"`
	Nested   []string `json:"nested"`
	Required []string `json:"required"`
	Computed []string `json:"computed"`
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
