// Package providertest speaks plugin protocol 6 to a provider inside the test
// process: no CLI, no child process, some microseconds a call. Configurations
// and answers are plain Go values (string, bool, float64, []any, map[string]any).
package providertest

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Object is a configuration or state: attributes by name.
type Object = map[string]any

// Unknown stands for a value that is known only after apply.
var Unknown = struct{ unknown bool }{true}

// Server is a provider under test.
type Server struct {
	Provider tfprotov6.ProviderServer
	Schema   *tfprotov6.GetProviderSchemaResponse
}

// New starts a provider without configuring it.
func New(t testing.TB, provider tfprotov6.ProviderServer) *Server {
	t.Helper()
	schema, err := provider.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Provider: provider, Schema: schema}
	s.noErrors(t, schema.Diagnostics)
	return s
}

// Configure validates a configuration and gives it to the provider; diagnostics come back as text.
func (s *Server) Configure(t testing.TB, config Object) Diagnostics {
	t.Helper()
	value := encode(t, s.Schema.Provider.ValueType(), config)
	validated, err := s.Provider.ValidateProviderConfig(
		context.Background(),
		&tfprotov6.ValidateProviderConfigRequest{Config: value},
	)
	if err != nil {
		t.Fatal(err)
	}
	diags := Diagnostics(validated.Diagnostics)
	if diags.Errors() != "" {
		return diags
	}
	resp, err := s.Provider.ConfigureProvider(
		context.Background(),
		&tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: value},
	)
	if err != nil {
		t.Fatal(err)
	}
	return append(diags, resp.Diagnostics...)
}

// Read validates the configuration of a data source and reads it.
func (s *Server) Read(t testing.TB, name string, config Object) (Object, Diagnostics) {
	t.Helper()
	typ, state, diags := s.read(t, name, config)
	if diags.Errors() != "" {
		return nil, diags
	}
	return decodeObject(t, typ, state), diags
}

// ReadRaw is [Server.Read] for other type systems: the data source's type, and
// its state in MessagePack. Diagnostics fail the test.
func (s *Server) ReadRaw(t testing.TB, name string, config Object) (tftypes.Type, []byte) {
	t.Helper()
	typ, state, diags := s.read(t, name, config)
	s.noErrors(t, diags)
	return typ, state.MsgPack
}

func (s *Server) read(t testing.TB, name string, config Object) (tftypes.Type, *tfprotov6.DynamicValue, Diagnostics) {
	t.Helper()
	schema := s.Schema.DataSourceSchemas[name]
	if schema == nil {
		t.Fatalf("there is no data source %s", name)
	}
	typ := schema.ValueType()
	value := encode(t, typ, config)
	validated, err := s.Provider.ValidateDataResourceConfig(
		context.Background(),
		&tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: value},
	)
	if err != nil {
		t.Fatal(err)
	}
	diags := Diagnostics(validated.Diagnostics)
	if diags.Errors() != "" {
		return typ, nil, diags
	}
	resp, err := s.Provider.ReadDataSource(
		context.Background(),
		&tfprotov6.ReadDataSourceRequest{TypeName: name, Config: value},
	)
	if err != nil {
		t.Fatal(err)
	}
	return typ, resp.State, append(diags, resp.Diagnostics...)
}

// Call calls a provider function. The error's text comes with the index of the
// argument it belongs to ("argument 0: ..."), as the CLI shows it.
func (s *Server) Call(t testing.TB, name string, args ...any) (any, error) {
	t.Helper()
	fn := s.Schema.Functions[name]
	if fn == nil {
		t.Fatalf("there is no function %s", name)
	}
	values := make([]*tfprotov6.DynamicValue, len(args))
	for i, a := range args {
		values[i] = encode(t, fn.Parameters[i].Type, a)
	}
	resp, err := s.Provider.CallFunction(
		context.Background(),
		&tfprotov6.CallFunctionRequest{Name: name, Arguments: values},
	)
	if err != nil {
		t.Fatal(err)
	}
	if e := resp.Error; e != nil {
		if e.FunctionArgument != nil {
			return nil, fmt.Errorf("argument %d: %s", *e.FunctionArgument, e.Text)
		}
		return nil, fmt.Errorf("%s", e.Text)
	}
	return decode(t, fn.Return.Type, resp.Result), nil
}

func (s *Server) noErrors(t testing.TB, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	if text := Diagnostics(diags).Errors(); text != "" {
		t.Fatal(text)
	}
}

// Diagnostics are what came back beside a value.
type Diagnostics []*tfprotov6.Diagnostic

// Errors are the error diagnostics, one a line: attribute, summary, detail.
func (d Diagnostics) Errors() string { return d.text(tfprotov6.DiagnosticSeverityError) }

// Warnings are the warnings in the same form.
func (d Diagnostics) Warnings() string { return d.text(tfprotov6.DiagnosticSeverityWarning) }

func (d Diagnostics) text(severity tfprotov6.DiagnosticSeverity) string {
	var b strings.Builder
	for _, one := range d {
		if one.Severity == severity {
			fmt.Fprintf(&b, "%s: %s: %s\n", one.Attribute, one.Summary, one.Detail)
		}
	}
	return b.String()
}

func encode(t testing.TB, typ tftypes.Type, v any) *tfprotov6.DynamicValue {
	t.Helper()
	value, err := toTerraform(typ, v)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tfprotov6.NewDynamicValue(typ, value)
	if err != nil {
		t.Fatal(err)
	}
	return &out
}

// toTerraform gives a plain value its type; attributes that are not named are null.
func toTerraform(typ tftypes.Type, v any) (tftypes.Value, error) {
	if v == nil {
		return tftypes.NewValue(typ, nil), nil
	}
	if v == Unknown {
		return tftypes.NewValue(typ, tftypes.UnknownValue), nil
	}
	switch typ := typ.(type) {
	case tftypes.Object:
		in, ok := v.(Object)
		if !ok {
			return tftypes.Value{}, fmt.Errorf("%T for an object", v)
		}
		out := map[string]tftypes.Value{}
		for name, attr := range typ.AttributeTypes {
			value, err := toTerraform(attr, in[name])
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", name, err)
			}
			out[name] = value
		}
		for name := range in {
			if typ.AttributeTypes[name] == nil {
				return tftypes.Value{}, fmt.Errorf("there is no attribute %s", name)
			}
		}
		return tftypes.NewValue(typ, out), nil
	case tftypes.Map:
		out := map[string]tftypes.Value{}
		for key, e := range v.(Object) {
			value, err := toTerraform(typ.ElementType, e)
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%s: %w", key, err)
			}
			out[key] = value
		}
		return tftypes.NewValue(typ, out), nil
	case tftypes.List:
		out := []tftypes.Value{}
		for i, e := range elements(v) {
			value, err := toTerraform(typ.ElementType, e)
			if err != nil {
				return tftypes.Value{}, fmt.Errorf("%d: %w", i, err)
			}
			out = append(out, value)
		}
		return tftypes.NewValue(typ, out), nil
	}
	if n, ok := v.(int); ok {
		v = big.NewFloat(float64(n))
	}
	return tftypes.NewValue(typ, v), nil
}

func elements(v any) []any {
	if in, ok := v.([]string); ok {
		out := make([]any, len(in))
		for i, s := range in {
			out[i] = s
		}
		return out
	}
	return v.([]any)
}

func decodeObject(t testing.TB, typ tftypes.Type, v *tfprotov6.DynamicValue) Object {
	t.Helper()
	out, _ := decode(t, typ, v).(Object)
	return out
}

func decode(t testing.TB, typ tftypes.Type, v *tfprotov6.DynamicValue) any {
	t.Helper()
	value, err := v.Unmarshal(typ)
	if err != nil {
		t.Fatal(err)
	}
	out, err := fromTerraform(value)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// fromTerraform makes plain values; numbers become float64, or *big.Int where
// that would lose digits.
func fromTerraform(v tftypes.Value) (any, error) {
	if !v.IsKnown() {
		return Unknown, nil
	}
	if v.IsNull() {
		return nil, nil
	}
	switch {
	case v.Type().Is(tftypes.String):
		var s string
		err := v.As(&s)
		return s, err
	case v.Type().Is(tftypes.Bool):
		var b bool
		err := v.As(&b)
		return b, err
	case v.Type().Is(tftypes.Number):
		n := new(big.Float)
		if err := v.As(&n); err != nil {
			return nil, err
		}
		if f, exact := n.Float64(); exact == big.Exact {
			return f, nil
		}
		i, _ := n.Int(nil)
		return i, nil
	case v.Type().Is(tftypes.Object{}), v.Type().Is(tftypes.Map{}):
		in := map[string]tftypes.Value{}
		if err := v.As(&in); err != nil {
			return nil, err
		}
		out := Object{}
		for name, e := range in {
			value, err := fromTerraform(e)
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	}
	in := []tftypes.Value{}
	if err := v.As(&in); err != nil {
		return nil, err
	}
	out := make([]any, len(in))
	for i, e := range in {
		value, err := fromTerraform(e)
		if err != nil {
			return nil, err
		}
		out[i] = value
	}
	return out, nil
}
