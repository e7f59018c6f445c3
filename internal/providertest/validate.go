package providertest

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Validate validates the configuration of a data source, in which values may be
// unknown, and does not read it.
func (s *Server) Validate(t testing.TB, name string, config Object) Diagnostics {
	t.Helper()
	schema := s.Schema.DataSourceSchemas[name]
	if schema == nil {
		t.Fatalf("there is no data source %s", name)
	}
	resp, err := s.Provider.ValidateDataResourceConfig(context.Background(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: encode(t, schema.ValueType(), config),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}
