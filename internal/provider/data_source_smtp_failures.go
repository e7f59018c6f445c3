package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/eop-firewall/terraform-provider-eop/internal/smtpfailure"
)

var _ datasource.DataSource = (*smtpFailuresDataSource)(nil)

func newSMTPFailuresDataSource(directory openDirectory) datasource.DataSource {
	return &smtpFailuresDataSource{directory}
}

// smtpFailuresDataSource needs no configuration of the provider: it works on its file alone.
type smtpFailuresDataSource struct {
	directory openDirectory
}

var fileFailuresShape = shape{
	{name: "most_suspicious", nest: object, fields: smtpFailureShape, doc: "The most suspicious failure in the file, " +
		"the same as the function `smtp_failure` returns."},
	{name: "failures", nest: listOf, fields: failureShape, doc: "Every failure in the file, in its order. A file in " +
		"which nothing is recognized has one of class `unknown`."},
}

func (d *smtpFailuresDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_smtp_failures"
}

func (d *smtpFailuresDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	attributes := fileFailuresShape.dataSource()
	maps.Copy(attributes, map[string]schema.Attribute{
		"text_file": schema.StringAttribute{
			Required: true,
			MarkdownDescription: "Path of a file. " + smtpTextDoc + " In UTF-8, UTF-16 (what PowerShell's `>` writes and " +
				"Terraform's `file()` refuses) or Windows-1252. A relative path starts at the folder Terraform runs in; " +
				"`${path.module}` makes it the module's.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "Says what the SMTP failures in a file point at, and whether the firewall's allowlist is " +
			"suspect. The state keeps what `evidence` quotes from the file. For a text that is not in a file use the " +
			"functions `smtp_failure` and `smtp_failures`, which leave nothing in the state.\n\n" + smtpJudgementDoc,
		Attributes: attributes,
	}
}

// maxFailuresBytes is the largest file accepted.
const maxFailuresBytes = 32 << 20

var errFailuresTooLarge = fmt.Errorf(
	"it is larger than %d MiB; keep the hours in which mail failed", maxFailuresBytes>>20)

func (d *smtpFailuresDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	known, err := d.directory()
	if err != nil {
		resp.Diagnostics.AddError("Unable to open the embedded lists", damagedArchive(err))
		return
	}
	state := values{}
	readText(ctx, req.Config, "text_file", "Unable to read the SMTP failures", &resp.Diagnostics, func(name string) error {
		text, err := decodeFile(name, maxFailuresBytes, errFailuresTooLarge)
		if err != nil {
			return fmt.Errorf("file %q: %w", name, err)
		}
		failures, err := smtpfailure.Read(text, known)
		if err != nil {
			return fmt.Errorf("file %q: %w", name, err)
		}
		state["most_suspicious"] = mostSuspiciousValue(failures.MostSuspicious())
		state["failures"] = listValue(failureShape.object(), failures.All(), failureValue)
		return nil
	})
	copyArguments(ctx, req.Config, state, &resp.Diagnostics, "text_file")
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, state)...)
}
