package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/eop-firewall/terraform-provider-eop/internal/compat"
)

// provider answers what an example needs; all else is left to the nil interface
// and would end the process, which a test shows.
type provider struct {
	tfprotov6.ProviderServer
	resources, dataSources map[string]*resource
	cloud                  *cloud // nil where nothing is kept
}

func newProvider(table *compat.Table, name string) (*provider, error) {
	p := &provider{}
	var err error
	if p.resources, err = schemas(table.Resources, name); err != nil {
		return nil, err
	}
	if p.dataSources, err = schemas(table.DataSources, name); err != nil {
		return nil, err
	}
	if len(p.resources) == 0 {
		return nil, fmt.Errorf("the table has no resource of %s", name)
	}
	if folder := os.Getenv(folderVariable); folder != "" {
		p.cloud = &cloud{folder: folder, resources: p.resources}
	}
	return p, nil
}

func schemas(table map[string]compat.Resource, name string) (map[string]*resource, error) {
	out := map[string]*resource{}
	for _, typ := range compat.Of(table, name) {
		r, err := newResource(table[typ])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", typ, err)
		}
		out[typ] = r
	}
	return out, nil
}

func (p *provider) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	out := &tfprotov6.GetMetadataResponse{}
	for name := range p.resources {
		out.Resources = append(out.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range p.dataSources {
		out.DataSources = append(out.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return out, nil
}

func (p *provider) GetProviderSchema(
	context.Context, *tfprotov6.GetProviderSchemaRequest,
) (*tfprotov6.GetProviderSchemaResponse, error) {
	out := &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{
			{Name: "region", Type: tftypes.String, Optional: true}, // README names AWS's
		}}},
		ResourceSchemas:   map[string]*tfprotov6.Schema{},
		DataSourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, d := range p.dataSources {
		out.DataSourceSchemas[name] = d.schema
	}
	for name, r := range p.resources {
		out.ResourceSchemas[name] = r.schema
	}
	return out, nil
}

func (p *provider) GetResourceIdentitySchemas(
	context.Context, *tfprotov6.GetResourceIdentitySchemasRequest,
) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (p *provider) GetFunctions(
	context.Context,
	*tfprotov6.GetFunctionsRequest,
) (*tfprotov6.GetFunctionsResponse, error) {
	return &tfprotov6.GetFunctionsResponse{}, nil
}

func (p *provider) ValidateProviderConfig(
	_ context.Context, req *tfprotov6.ValidateProviderConfigRequest,
) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: req.Config}, nil
}

func (p *provider) ConfigureProvider(
	context.Context, *tfprotov6.ConfigureProviderRequest,
) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (p *provider) StopProvider(
	context.Context,
	*tfprotov6.StopProviderRequest,
) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

// ValidateResourceConfig refuses what the real provider refuses at plan.
func (p *provider) ValidateResourceConfig(
	_ context.Context, req *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	r := p.resources[req.TypeName]
	config, err := req.Config.Unmarshal(r.typ)
	if err != nil {
		return nil, err
	}
	refused := r.broken(r.Rules, config)
	for _, path := range r.ReadOnly {
		for _, v := range find(config, path) {
			if !v.IsNull() {
				refused = append(refused, fmt.Errorf("%s cannot be written: the provider decides its value", path))
			}
		}
	}
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: diagnostics(refused...)}, nil
}

func diagnostics(errs ...error) (out []*tfprotov6.Diagnostic) {
	for _, err := range errs {
		out = append(out, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError,
			Summary:  "Refused",
			Detail:   err.Error(),
		})
	}
	return out
}

func (p *provider) ValidateDataResourceConfig(
	context.Context, *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

// ReadDataSource has no cloud to read: a test gives the values.
func (p *provider) ReadDataSource(
	_ context.Context, req *tfprotov6.ReadDataSourceRequest,
) (*tfprotov6.ReadDataSourceResponse, error) {
	return nil, fmt.Errorf("%s can only be overridden: a stand-in has nothing to read", req.TypeName)
}

func (p *provider) UpgradeResourceState(
	_ context.Context, req *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	typ := p.resources[req.TypeName].typ
	state, err := req.RawState.Unmarshal(typ)
	if err != nil {
		return nil, err
	}
	upgraded, err := tfprotov6.NewDynamicValue(typ, state)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &upgraded}, err
}

// ReadResource reports what the cloud keeps, and its own values where none were
// written.
func (p *provider) ReadResource(
	_ context.Context, req *tfprotov6.ReadResourceRequest,
) (*tfprotov6.ReadResourceResponse, error) {
	r, out := p.resources[req.TypeName], &tfprotov6.ReadResourceResponse{NewState: req.CurrentState, Private: req.Private}
	moved := false
	if p.cloud != nil {
		handle := string(req.Private)
		stored, ok, err := p.cloud.read(req.TypeName, handle)
		if err != nil {
			return nil, err
		}
		if !ok {
			gone, err := tfprotov6.NewDynamicValue(r.typ, tftypes.NewValue(r.typ, nil))
			out.NewState = &gone
			return out, err
		}
		out.NewState = stored
		v, err := stored.Unmarshal(r.typ)
		if err != nil {
			return nil, err
		}
		if moved, err = p.cloud.displaced(req.TypeName, handle, v); err != nil {
			return nil, err
		}
	}
	var err error
	out.NewState, err = r.set(out.NewState, func(name string, v tftypes.Value) tftypes.Value {
		if answer, ok := r.Answers[name]; ok && v.IsNull() {
			return tftypes.NewValue(v.Type(), answer)
		}
		if moved && strings.HasPrefix(r.Place.At, name+".") {
			return tftypes.NewValue(v.Type(), nil)
		}
		return v
	})
	return out, err
}

// PlanResourceChange plans what was proposed; what is computed and not written
// is unknown until it is applied, as with the real provider.
func (p *provider) PlanResourceChange(
	_ context.Context, req *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	r := p.resources[req.TypeName]
	if prior, err := req.PriorState.Unmarshal(r.typ); err != nil || !prior.IsNull() {
		return &tfprotov6.PlanResourceChangeResponse{
			PlannedState:   req.ProposedNewState,
			PlannedPrivate: req.PriorPrivate,
		}, err
	}
	planned, err := r.set(req.ProposedNewState, func(name string, v tftypes.Value) tftypes.Value {
		if r.computes(name) && v.IsNull() {
			return tftypes.NewValue(v.Type(), tftypes.UnknownValue)
		}
		return v
	})
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: req.PriorPrivate}, err
}

// ApplyResourceChange keeps what was planned, with an id of its own making, and
// refuses what the cloud refuses.
func (p *provider) ApplyResourceChange(
	_ context.Context, req *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	r, handle := p.resources[req.TypeName], string(req.PlannedPrivate)
	refused := &tfprotov6.ApplyResourceChangeResponse{NewState: req.PriorState, Private: req.PlannedPrivate}
	before, err := req.PriorState.Unmarshal(r.typ)
	if err != nil {
		return nil, err
	}
	planned, err := req.PlannedState.Unmarshal(r.typ)
	if err != nil {
		return nil, err
	}
	if refused.Diagnostics = diagnostics(r.broken(r.API, planned)...); refused.Diagnostics != nil {
		return refused, nil
	}
	if p.cloud != nil {
		p.cloud.mu.Lock()
		defer p.cloud.mu.Unlock()
		if err := p.cloud.allow(req.TypeName, handle, before, planned); err != nil {
			refused.Diagnostics = diagnostics(err)
			return refused, nil
		}
		if before.IsNull() {
			if handle, err = p.cloud.reserve(req.TypeName); err != nil {
				return nil, err
			}
		}
	}
	id := "stub-" + req.TypeName + "-" + handle + "-" + r.name(req.PlannedState)
	applied, err := r.set(req.PlannedState, func(name string, v tftypes.Value) tftypes.Value {
		switch {
		case !r.computes(name) || v.IsKnown():
			return v
		case v.Type().Is(tftypes.String):
			return tftypes.NewValue(v.Type(), id)
		}
		return tftypes.NewValue(v.Type(), nil)
	})
	if err == nil && p.cloud != nil {
		var after tftypes.Value
		if after, err = applied.Unmarshal(r.typ); err == nil {
			err = p.cloud.keep(req.TypeName, handle, after)
		}
	}
	return &tfprotov6.ApplyResourceChangeResponse{NewState: applied, Private: []byte(handle)}, err
}

// name is what the configuration calls the object, where it has a name: enough to
// tell the ids of one configuration apart.
func (r *resource) name(state *tfprotov6.DynamicValue) string {
	attributes, name := map[string]tftypes.Value{}, ""
	if value, err := state.Unmarshal(r.typ); err == nil && value.As(&attributes) == nil {
		if v, ok := attributes["name"]; ok && v.IsKnown() && !v.IsNull() {
			_ = v.As(&name)
		}
	}
	return name
}

// computes reports whether the provider sets an attribute that is not written.
func (r *resource) computes(name string) bool {
	return slices.Contains(r.Computed, name) || slices.Contains(r.ReadOnly, name)
}

// set gives every attribute the value that to returns for it.
func (r *resource) set(
	state *tfprotov6.DynamicValue, to func(name string, v tftypes.Value) tftypes.Value,
) (*tfprotov6.DynamicValue, error) {
	value, err := state.Unmarshal(r.typ)
	if err != nil || value.IsNull() {
		return state, err // null is the plan of a destruction
	}
	attributes := map[string]tftypes.Value{}
	if err := value.As(&attributes); err != nil {
		return nil, err
	}
	for name, v := range attributes {
		attributes[name] = to(name, v)
	}
	out, err := tfprotov6.NewDynamicValue(r.typ, tftypes.NewValue(r.typ, attributes))
	return &out, err
}
