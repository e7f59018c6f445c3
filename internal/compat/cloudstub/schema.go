package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
)

// resource is a resource type of the table with its schema.
type resource struct {
	compat.Resource
	typ    tftypes.Object
	schema *tfprotov6.Schema
}

func newResource(r compat.Resource) (*resource, error) {
	types := map[string]tftypes.Type{}
	for name, described := range r.Attributes {
		typ, err := parseType(described)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		types[name] = typ
	}
	out := &resource{Resource: r}
	block, err := out.block("", types)
	if err != nil {
		return nil, err
	}
	out.schema = &tfprotov6.Schema{Block: block}
	var ok bool
	if out.typ, ok = out.schema.ValueType().(tftypes.Object); !ok {
		return nil, fmt.Errorf("a resource is no object")
	}
	return out, nil
}

func parseType(described json.RawMessage) (tftypes.Type, error) {
	return tftypes.ParseJSONType(described) //nolint:staticcheck // the table has types in this form
}

// block is the schema of a block with these attributes; path is its own name
// with a dot behind it.
func (r *resource) block(path string, types map[string]tftypes.Type) (*tfprotov6.SchemaBlock, error) {
	out := &tfprotov6.SchemaBlock{}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		typ, at := types[name], path+name
		if !slices.Contains(r.Blocks, at) {
			attribute, err := r.attribute(at, name, typ)
			if err != nil {
				return nil, err
			}
			out.Attributes = append(out.Attributes, attribute)
			continue
		}
		fields, isList, ok := objects(typ)
		if !ok {
			return nil, fmt.Errorf("%s is a block, but no list or set of objects", at)
		}
		inner, err := r.block(at+".", fields)
		if err != nil {
			return nil, err
		}
		nesting := tfprotov6.SchemaNestedBlockNestingModeSet
		if isList {
			nesting = tfprotov6.SchemaNestedBlockNestingModeList
		}
		out.BlockTypes = append(out.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: inner, Nesting: nesting, MinItems: int64(r.MinItems[at]), MaxItems: int64(r.MaxItems[at]),
		})
	}
	return out, nil
}

func objects(typ tftypes.Type) (fields map[string]tftypes.Type, isList, ok bool) {
	element := tftypes.Type(nil)
	switch t := typ.(type) {
	case tftypes.List:
		element, isList = t.ElementType, true
	case tftypes.Set:
		element = t.ElementType
	}
	object, ok := element.(tftypes.Object)
	return object.AttributeTypes, isList, ok
}

func (r *resource) attribute(at, name string, typ tftypes.Type) (*tfprotov6.SchemaAttribute, error) {
	readOnly := slices.Contains(r.ReadOnly, at)
	out := &tfprotov6.SchemaAttribute{
		Name: name, Required: slices.Contains(r.Required, at), Computed: readOnly || slices.Contains(r.Computed, at),
	}
	out.Optional = !out.Required && !readOnly
	if !slices.Contains(r.Nested, at) {
		out.Type = typ
		return out, nil
	}
	nesting, fields := tfprotov6.SchemaObjectNestingModeSingle, map[string]tftypes.Type(nil)
	switch t := typ.(type) {
	case tftypes.Object:
		fields = t.AttributeTypes
	case tftypes.Map:
		if object, ok := t.ElementType.(tftypes.Object); ok {
			nesting, fields = tfprotov6.SchemaObjectNestingModeMap, object.AttributeTypes
		}
	default:
		var isList bool
		nesting = tfprotov6.SchemaObjectNestingModeSet
		if fields, isList, _ = objects(typ); isList {
			nesting = tfprotov6.SchemaObjectNestingModeList
		}
	}
	if fields == nil {
		return nil, fmt.Errorf("%s is nested, but holds no objects", at)
	}
	out.NestedType = &tfprotov6.SchemaObject{Nesting: nesting}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		attribute, err := r.attribute(at+"."+field, field, fields[field])
		if err != nil {
			return nil, err
		}
		out.NestedType.Attributes = append(out.NestedType.Attributes, attribute)
	}
	return out, nil
}
