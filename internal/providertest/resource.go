package providertest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Plan validates a configuration and plans it against a prior state (nil on
// create), as Terraform does: arguments from the configuration, write-only ones
// left out, computed values carried over.
func (s *Server) Plan(t testing.TB, name string, prior, config Object) (planned Object, diags Diagnostics) {
	t.Helper()
	schema := s.Schema.ResourceSchemas[name]
	typ := schema.ValueType()
	value := encode(t, typ, config)
	validated, err := s.Provider.ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: name, Config: value, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{
			WriteOnlyAttributesAllowed: true,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	diags = Diagnostics(validated.Diagnostics)
	if diags.Errors() != "" {
		return nil, diags
	}
	resp, err := s.Provider.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: name, Config: value, PriorState: encode(t, typ, anyObject(prior)), ProposedNewState: encode(
			t, typ, proposed(schema, prior, config),
		),
	})
	if err != nil {
		t.Fatal(err)
	}
	diags = append(diags, resp.Diagnostics...)
	if diags.Errors() != "" {
		return nil, diags
	}
	if len(resp.RequiresReplace) > 0 {
		t.Errorf("%s: replacement required by %v", name, resp.RequiresReplace)
	}
	return decodeObject(t, typ, resp.PlannedState), diags
}

// Apply applies a planned state.
func (s *Server) Apply(t testing.TB, name string, prior, planned, config Object) (Object, Diagnostics) {
	t.Helper()
	typ := s.Schema.ResourceSchemas[name].ValueType()
	resp, err := s.Provider.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: name, Config: encode(t, typ, config), PriorState: encode(t, typ, anyObject(prior)), PlannedState: encode(
			t, typ, anyObject(planned),
		),
	})
	if err != nil {
		t.Fatal(err)
	}
	diags := Diagnostics(resp.Diagnostics)
	if diags.Errors() != "" {
		return nil, diags
	}
	return decodeObject(t, typ, resp.NewState), diags
}

// Import imports a resource.
func (s *Server) Import(t testing.TB, name, id string) (Object, Diagnostics) {
	t.Helper()
	resp, err := s.Provider.ImportResourceState(
		context.Background(),
		&tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id},
	)
	if err != nil {
		t.Fatal(err)
	}
	diags := Diagnostics(resp.Diagnostics)
	if diags.Errors() != "" {
		return nil, diags
	}
	return decodeObject(t, s.Schema.ResourceSchemas[name].ValueType(), resp.ImportedResources[0].State), diags
}

// anyObject keeps a nil object nil.
func anyObject(o Object) any {
	if o == nil {
		return nil
	}
	return o
}

// proposed is what Terraform proposes to the provider for top-level attributes.
func proposed(schema *tfprotov6.Schema, prior, config Object) Object {
	out := Object{}
	for _, a := range schema.Block.Attributes {
		switch {
		case a.WriteOnly:
		case config[a.Name] != nil:
			out[a.Name] = config[a.Name]
		case a.Computed && prior != nil:
			out[a.Name] = prior[a.Name]
		case a.Computed:
			out[a.Name] = Unknown
			if _, isObject := a.Type.(tftypes.Object); isObject {
				out[a.Name] = nil
			}
		}
	}
	return out
}
