package provider_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const frozenSchema = "testdata/schema.txt"

var freeze = flag.Bool("freeze", false, "write the schema of this release to "+frozenSchema)

// A configuration, or an expression over what the provider returns, that worked with
// the last release still works: everything in the frozen schema is as it was, and
// nothing new is required.
func TestNoUnannouncedBreakingChange(t *testing.T) {
	now := schemaLines(unconfigured(t).Schema)
	if *freeze {
		if err := os.WriteFile(frozenSchema, []byte(strings.Join(now, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	frozen, err := os.ReadFile(frozenSchema)
	if err != nil {
		t.Fatal(err)
	}
	then := strings.Split(strings.TrimSuffix(string(frozen), "\n"), "\n")
	for _, problem := range breaking(then, now) {
		t.Error(problem)
	}
	if t.Failed() {
		t.Log("Users' configurations break. If that is meant, say so in CHANGELOG.md under \"Breaking\", " +
			"with what to write instead, and run \"make freeze\".")
	}
}

func TestBreaking(t *testing.T) {
	then := []string{
		"data eop_x", "data eop_x.name: string, optional", "data eop_x.rules[]: object, computed",
		"data eop_x.rules[].port: number, computed",
	}
	for name, tc := range map[string]struct {
		now  []string
		want string // of the first problem; empty: none
	}{
		"nothing":               {then, ""},
		"computed attribute":    {append(slices.Clone(then), "data eop_x.more: string, computed"), ""},
		"optional argument":     {append(slices.Clone(then), "data eop_x.more: string, optional"), ""},
		"required argument":     {append(slices.Clone(then), "data eop_x.more: string, required"), "eop_x.more"},
		"required in a new one": {append(slices.Clone(then), "data eop_y", "data eop_y.name: string, required"), ""},
		"required in a new block": {
			append(slices.Clone(then), "data eop_x.new[]: object, optional", "data eop_x.new[].name: string, required"), "",
		},
		"required in an old block": {
			append(slices.Clone(then), "data eop_x.rules[].name: string, required"), "data eop_x.rules[].name: string, required",
		},
		"attribute gone": {then[:3], "rules[].port"},
		"another type":   {append(slices.Clone(then[:3]), "data eop_x.rules[].port: string, computed"), "rules[].port"},
		"now required":   {[]string{then[0], "data eop_x.name: string, required", then[2], then[3]}, "eop_x.name"},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(breaking(then, tc.now), "\n")
			if (got == "") != (tc.want == "") || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// breaking lists the lines that went away or changed, and the new ones that an existing
// configuration lacks.
func breaking(then, now []string) []string {
	var out []string
	for _, line := range then {
		if !slices.Contains(now, line) {
			out = append(out, "gone or changed: "+line)
		}
	}
	for _, line := range now {
		path, _, _ := strings.Cut(line, ": ")
		parent := path[:max(0, strings.LastIndex(path, "."))]
		known := slices.ContainsFunc(then, func(l string) bool { return l == parent || strings.HasPrefix(l, parent+": ") })
		if strings.Contains(line, ", required") && !slices.Contains(then, line) && known {
			out = append(out, "newly required: "+line)
		}
	}
	return out
}

// schemaLines is the schema, one line per block, attribute, function parameter and result, sorted:
//
//	data eop_smtp_allowlist
//	data eop_smtp_allowlist.rules{}.cidr: string, computed
//	function cidr_merge(list(string))
//	function cidr_merge: list(string)
//
// Elements of a list are [], those of a map {}.
func schemaLines(s *tfprotov6.GetProviderSchemaResponse) []string {
	var out []string
	out = appendBlock(out, "provider eop", s.Provider.Block)
	for name, schema := range s.DataSourceSchemas {
		out = appendBlock(out, "data "+name, schema.Block)
	}
	for name, schema := range s.ResourceSchemas {
		out = appendBlock(out, "resource "+name, schema.Block)
	}
	for name, f := range s.Functions {
		var parameters []string
		for _, p := range f.Parameters {
			parameters = append(parameters, typeText(p.Type))
		}
		if f.VariadicParameter != nil {
			parameters = append(parameters, typeText(f.VariadicParameter.Type)+"...")
		}
		out = append(out, fmt.Sprintf("function %s(%s)", name, strings.Join(parameters, ", ")))
		out = appendType(out, "function "+name, f.Return.Type, "")
	}
	slices.Sort(out)
	return out
}

func appendBlock(out []string, name string, block *tfprotov6.SchemaBlock) []string {
	return appendAttributes(append(out, name), name, block.Attributes)
}

func appendAttributes(out []string, name string, attributes []*tfprotov6.SchemaAttribute) []string {
	for _, a := range attributes {
		path, flags := name+"."+a.Name, attributeFlags(a)
		if a.NestedType == nil {
			out = appendType(out, path, a.Type, flags)
			continue
		}
		suffix := map[tfprotov6.SchemaObjectNestingMode]string{
			tfprotov6.SchemaObjectNestingModeList: "[]", tfprotov6.SchemaObjectNestingModeMap: "{}",
			tfprotov6.SchemaObjectNestingModeSet: "<>",
		}[a.NestedType.Nesting]
		out = append(out, path+suffix+": object"+flags)
		out = appendAttributes(out, path+suffix, a.NestedType.Attributes)
	}
	return out
}

func attributeFlags(a *tfprotov6.SchemaAttribute) string {
	var out string
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"required", a.Required},
		{"optional", a.Optional},
		{"computed", a.Computed},
		{"write-only", a.WriteOnly},
		{"sensitive", a.Sensitive},
	} {
		if flag.set {
			out += ", " + flag.name
		}
	}
	return out
}

// appendType writes an object's fields on lines of their own.
func appendType(out []string, path string, typ tftypes.Type, flags string) []string {
	suffix, inner := "", typ
	for {
		switch t := inner.(type) {
		case tftypes.List:
			suffix, inner = suffix+"[]", t.ElementType
			continue
		case tftypes.Map:
			suffix, inner = suffix+"{}", t.ElementType
			continue
		case tftypes.Object:
			out = append(out, path+suffix+": object"+flags)
			for name, field := range t.AttributeTypes {
				out = appendType(out, path+suffix+"."+name, field, flags)
			}
			return out
		}
		return append(out, path+": "+typeText(typ)+flags)
	}
}

func typeText(t tftypes.Type) string {
	switch t := t.(type) {
	case tftypes.List:
		return "list(" + typeText(t.ElementType) + ")"
	case tftypes.Map:
		return "map(" + typeText(t.ElementType) + ")"
	case tftypes.Set:
		return "set(" + typeText(t.ElementType) + ")"
	case tftypes.Object:
		var fields []string
		for name, field := range t.AttributeTypes {
			fields = append(fields, name+"="+typeText(field))
		}
		slices.Sort(fields)
		return "object(" + strings.Join(fields, ", ") + ")"
	}
	for name, primitive := range map[string]tftypes.Type{
		"any": tftypes.DynamicPseudoType, "bool": tftypes.Bool, "number": tftypes.Number, "string": tftypes.String,
	} {
		if t.Is(primitive) {
			return name
		}
	}
	return t.String()
}
