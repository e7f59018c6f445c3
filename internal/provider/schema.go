package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resource "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A shape describes computed attributes once. Data sources, resources and the
// objects that functions return take their types and their documentation from
// the same shapes, so that an expression written for one works with the others.
type shape []field

// field is an attribute: of a plain type, or an object (or a list or map of
// objects) with fields of its own.
type field struct {
	name   string
	doc    string
	typ    attr.Type // plain attributes
	nest   nesting   // attributes with fields
	fields shape
}

type nesting int

const (
	plain nesting = iota
	object
	listOf
	mapOf
)

var (
	stringList  = types.ListType{ElemType: types.StringType}
	familyLists = types.MapType{ElemType: stringList}
	integer     = types.Int64Type
)

// types are the attribute types of the shape as an object.
func (s shape) types() map[string]attr.Type {
	out := make(map[string]attr.Type, len(s))
	for _, f := range s {
		out[f.name] = f.attrType()
	}
	return out
}

func (s shape) object() types.ObjectType { return types.ObjectType{AttrTypes: s.types()} }

// null is the shape with nothing in it.
func (s shape) null() values {
	out := values{}
	for _, f := range s {
		null, err := f.attrType().
			ValueFromTerraform(context.Background(), tftypes.NewValue(f.attrType().TerraformType(context.Background()), nil))
		if err != nil {
			panic(fmt.Sprintf("shape: %s has no null: %v", f.name, err))
		}
		out[f.name] = null
	}
	return out
}

func (f field) attrType() attr.Type {
	switch f.nest {
	case object:
		return f.fields.object()
	case listOf:
		return types.ListType{ElemType: f.fields.object()}
	case mapOf:
		return types.MapType{ElemType: f.fields.object()}
	}
	return f.typ
}

// dataSource are the shape's computed attributes in a data source.
func (s shape) dataSource() map[string]datasource.Attribute {
	out := make(map[string]datasource.Attribute, len(s))
	for _, f := range s {
		nested := datasource.NestedAttributeObject{Attributes: f.fields.dataSource()}
		switch f.nest {
		case object:
			out[f.name] = datasource.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: f.doc,
				Attributes:          nested.Attributes,
			}
		case listOf:
			out[f.name] = datasource.ListNestedAttribute{Computed: true, MarkdownDescription: f.doc, NestedObject: nested}
		case mapOf:
			out[f.name] = datasource.MapNestedAttribute{Computed: true, MarkdownDescription: f.doc, NestedObject: nested}
		default:
			out[f.name] = f.plainDataSource()
		}
	}
	return out
}

func (f field) plainDataSource() datasource.Attribute {
	switch t := f.typ.(type) {
	case types.ListType:
		return datasource.ListAttribute{Computed: true, MarkdownDescription: f.doc, ElementType: t.ElemType}
	case types.MapType:
		return datasource.MapAttribute{Computed: true, MarkdownDescription: f.doc, ElementType: t.ElemType}
	}
	switch f.typ {
	case types.StringType:
		return datasource.StringAttribute{Computed: true, MarkdownDescription: f.doc}
	case types.BoolType:
		return datasource.BoolAttribute{Computed: true, MarkdownDescription: f.doc}
	case integer:
		return datasource.Int64Attribute{Computed: true, MarkdownDescription: f.doc}
	}
	panic(fmt.Sprintf("shape: %s has the type %s, which no attribute is written for", f.name, f.typ))
}

// resource are the shape's computed attributes in a resource.
func (s shape) resource() map[string]resource.Attribute {
	out := make(map[string]resource.Attribute, len(s))
	for _, f := range s {
		nested := resource.NestedAttributeObject{Attributes: f.fields.resource()}
		switch f.nest {
		case object:
			out[f.name] = resource.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: f.doc,
				Attributes:          nested.Attributes,
			}
		case listOf:
			out[f.name] = resource.ListNestedAttribute{Computed: true, MarkdownDescription: f.doc, NestedObject: nested}
		case mapOf:
			out[f.name] = resource.MapNestedAttribute{Computed: true, MarkdownDescription: f.doc, NestedObject: nested}
		default:
			out[f.name] = f.plainResource()
		}
	}
	return out
}

func (f field) plainResource() resource.Attribute {
	switch t := f.typ.(type) {
	case types.ListType:
		return resource.ListAttribute{Computed: true, MarkdownDescription: f.doc, ElementType: t.ElemType}
	case types.MapType:
		return resource.MapAttribute{Computed: true, MarkdownDescription: f.doc, ElementType: t.ElemType}
	}
	switch f.typ {
	case types.StringType:
		return resource.StringAttribute{Computed: true, MarkdownDescription: f.doc}
	case types.BoolType:
		return resource.BoolAttribute{Computed: true, MarkdownDescription: f.doc}
	case integer:
		return resource.Int64Attribute{Computed: true, MarkdownDescription: f.doc}
	}
	panic(fmt.Sprintf("shape: %s has the type %s, which no attribute is written for", f.name, f.typ))
}

// markdown lists the fields for the documentation of a function's result.
func (s shape) markdown() string {
	var b strings.Builder
	s.write(&b, "")
	return b.String()
}

func (s shape) write(b *strings.Builder, indent string) {
	for _, f := range s {
		fmt.Fprintf(b, "%s- `%s` (%s) %s\n", indent, f.name, f.typeName(), f.doc)
		f.fields.write(b, indent+"  ")
	}
}

func (f field) typeName() string {
	switch f.nest {
	case object:
		return "Object"
	case listOf:
		return "List of Object"
	case mapOf:
		return "Map of Object"
	}
	return typeName(f.typ)
}

func typeName(t attr.Type) string {
	switch t := t.(type) {
	case types.ListType:
		return "List of " + typeName(t.ElemType)
	case types.MapType:
		return "Map of " + typeName(t.ElemType)
	}
	switch t {
	case types.StringType:
		return "String"
	case types.BoolType:
		return "Boolean"
	}
	return "Number"
}

// oneOf lists the values of a domain's type for a description.
func oneOf[T ~string](all []T) string {
	quoted := make([]string, len(all))
	for i, one := range all {
		quoted[i] = "`" + string(one) + "`"
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
