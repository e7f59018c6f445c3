package provider_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/providertest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// A call is measured from MessagePack to MessagePack, without a CLI. What the
// protocol and the framework cost shows in the echo function of a provider that
// has nothing else; what the algebra costs, in the same work on Go strings.

type echoProvider struct{ provider.Provider }

func (echoProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "echo"
}
func (echoProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (echoProvider) Resources(context.Context) []func() resource.Resource       { return nil }
func (echoProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (echoProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{func() function.Function { return echo{} }}
}

type echo struct{}

func (echo) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "echo"
}

func (echo) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary:    "Returns its argument.",
		Parameters: []function.Parameter{function.ListParameter{Name: "in", ElementType: types.StringType}},
		Return:     function.ListReturn{ElementType: types.StringType},
	}
}

// Run takes the shortest way the framework has: no element is converted.
func (echo) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var value attr.Value
	if resp.Error = req.Arguments.GetArgument(ctx, 0, &value); resp.Error == nil {
		resp.Error = resp.Result.Set(ctx, value)
	}
}

func BenchmarkCall(b *testing.B) {
	echoing := providertest.New(b, providerserver.NewProtocol6(echoProvider{})())
	s := unconfigured(b)
	for _, n := range []int{7, 1_000, 10_000} {
		texts := cidr.Strings(spread(n))
		half := texts[:n/2]
		b.Run(fmt.Sprintf("echo/%d", n), func(b *testing.B) { benchmarkCall(b, echoing, "echo", texts) })
		for _, name := range everyCIDRFunction {
			args := []any{texts}
			switch name {
			case "cidr_subtract", "cidr_intersect":
				args = append(args, half)
			case "cidr_contains":
				args = append(args, texts[n-1])
			}
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) { benchmarkCall(b, s, name, args...) })
		}
		b.Run(fmt.Sprintf("algebra of cidr_merge/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				prefixes, err := cidr.ParseAll(texts)
				if err != nil {
					b.Fatal(err)
				}
				cidr.Strings(cidr.Merge(prefixes))
			}
		})
	}
}

func benchmarkCall(b *testing.B, s *providertest.Server, name string, args ...any) {
	b.Helper()
	req := &tfprotov6.CallFunctionRequest{Name: name}
	for i, arg := range args {
		req.Arguments = append(req.Arguments, packed(b, s.Schema.Functions[name].Parameters[i].Type, arg))
	}
	b.ReportAllocs()
	for b.Loop() {
		resp, err := s.Provider.CallFunction(context.Background(), req)
		if err != nil || resp.Error != nil {
			b.Fatal(err, resp.Error)
		}
	}
}

func packed(b *testing.B, typ tftypes.Type, v any) *tfprotov6.DynamicValue {
	b.Helper()
	if texts, ok := v.([]string); ok {
		elements := make([]tftypes.Value, len(texts))
		for i, s := range texts {
			elements[i] = tftypes.NewValue(tftypes.String, s)
		}
		v = elements
	}
	out, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, v))
	if err != nil {
		b.Fatal(err)
	}
	return &out
}

// spread are prefixes apart from each other, so that a merge returns as many as
// it is given: the longest answer there is. Every third is IPv6.
func spread(n int) []netip.Prefix {
	out := make([]netip.Prefix, n)
	for i := range out {
		if i%3 == 2 {
			raw := [16]byte{0x2a, 0x01}
			binary.BigEndian.PutUint32(raw[2:], uint32(i)<<8)
			out[i] = netip.PrefixFrom(netip.AddrFrom16(raw), 48)
			continue
		}
		var raw [4]byte
		binary.BigEndian.PutUint32(raw[:], 40<<24+uint32(i)<<9)
		out[i] = netip.PrefixFrom(netip.AddrFrom4(raw), 24)
	}
	return out
}

// BenchmarkPlan is a plan with 10,000 prefixes, with the start of CLI and
// provider. The list comes by split(): Terraform's own conversion of a tuple to
// a list is quadratic, as the last case shows.
func BenchmarkPlan(b *testing.B) {
	clis, err := sandbox.Find("../..")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	binary := filepath.Join(dir, "terraform-provider-eop")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	texts := cidr.Strings(spread(10_000))
	for _, tc := range []struct{ name, expression, list string }{
		{"split", `split(",", file("list"))`, strings.Join(texts, ",")},
		{"cidr_merge of split", `provider::eop::cidr_merge(split(",", file("list")))`, strings.Join(texts, ",")},
		{"jsondecode", `tolist(jsondecode(file("list")))`, `["` + strings.Join(texts, `","`) + `"]`},
	} {
		const config = "terraform {\n  required_providers {\n    eop = {\n      source = \"eop-firewall/eop\"\n    }\n  " +
			"}\n}\n\noutput \"n\" {\n  value = length(%s)\n}\n"
		folder := filepath.Join(dir, tc.name)
		writeFile(b, filepath.Join(folder, "main.tf"), fmt.Sprintf(config, tc.expression))
		writeFile(b, filepath.Join(folder, "list"), tc.list)
		if tc.name == "jsondecode" {
			clis = clis[:1] // seconds of the CLI's own
		}
		for _, cli := range clis {
			b.Run(cli.Name+"/"+tc.name, func(b *testing.B) {
				s, err := sandbox.New(cli, binary, folder, nil)
				if err != nil {
					b.Fatal(err)
				}
				defer func() { _ = s.Close() }()
				inSandbox(b, s, "init")
				for b.Loop() {
					inSandbox(b, s, "plan")
				}
			})
		}
	}
}

func inSandbox(b *testing.B, s *sandbox.Sandbox, args ...string) {
	b.Helper()
	if text, code, err := s.Output(b.Context(), args...); err != nil || code != 0 {
		b.Fatalf("%v: exit code %d, %v\n%s", args, code, err, text)
	}
}

func writeFile(b *testing.B, path, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
