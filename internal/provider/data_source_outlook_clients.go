package provider

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/eop-firewall/terraform-provider-eop/internal/outlookclient"
)

var _ datasource.DataSource = (*outlookClientsDataSource)(nil)

func newOutlookClientsDataSource() datasource.DataSource { return &outlookClientsDataSource{} }

// outlookClientsDataSource needs no configuration of the provider: it works on its arguments alone.
type outlookClientsDataSource struct{}

func (d *outlookClientsDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_outlook_clients"
}

func (d *outlookClientsDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	attributes := outlookReportShape.dataSource()
	maps.Copy(attributes, outlookClientsArguments())
	attributes["by_user"] = sensitive(attributes["by_user"])
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reports the Outlook versions that connect to Exchange Server, from its logs, and judges each " +
			"before a migration to Exchange Online: whether it can connect, whether it is supported, and whether it works " +
			"where EWS is off. It reads the logs of RPC Client Access, MAPI over HTTP, HttpProxy, EWS, Autodiscover and IIS, " +
			"plain or gzip; the columns always come from `#Fields`.\n\n" +
			"The logs do not show everything: new Outlook for Windows never connects to Exchange Server, HTTP user agents " +
			"carry three numbers of the build only, and Outlook for iOS and Android hides its version and shows Microsoft's " +
			"addresses.\n\n" +
			"Names of users stay out of the state unless `include_users` is true.",
		Attributes: attributes,
	}
}

func outlookClientsArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"log_paths": schema.ListAttribute{
			Required: true, ElementType: types.StringType,
			Validators: []validator.List{listvalidator.NoNullValues()},
			MarkdownDescription: "Files, folders with all that is below them, and patterns such as `logs/RCA_*.LOG`. A path " +
				"that matches no file is an error. A relative path starts at the folder Terraform runs in.",
		},
		"since": schema.StringAttribute{
			Optional: true, Validators: []validator.String{isMoment},
			MarkdownDescription: "Earlier lines do not count. A day, `2026-11-01`, or a time, " +
				"`2026-11-01T06:00:00Z`. Default: no limit.",
		},
		"until": schema.StringAttribute{
			Optional: true, Validators: []validator.String{isMoment},
			MarkdownDescription: "Later lines do not count. A day, which counts to its end, or a time, which is not " +
				"included. Default: no limit.",
		},
		"as_of": schema.StringAttribute{
			Optional: true, Validators: []validator.String{isDay},
			MarkdownDescription: fmt.Sprintf("Date for the decisions on support, `YYYY-MM-DD`. Default: `%s`, the day this "+
				"version's table of releases was last checked; it does not depend on the current time.",
				outlookclient.CheckedOn().Format(time.DateOnly)),
		},
		"include_users": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Whether `by_user` names the users, which puts them into the state. Default: `false`.",
		},
	}
}

// sensitive marks a list: a schema cannot make that depend on an argument.
func sensitive(a schema.Attribute) schema.Attribute {
	list, ok := a.(schema.ListNestedAttribute)
	if !ok {
		panic(fmt.Sprintf("sensitive: no list of objects but a %T", a))
	}
	list.Sensitive = true
	return list
}

var isMoment = textValidator{
	"Unable to read the time", "a day or a time",
	func(s string) error { _, _, err := parseMoment(s); return err },
}

var isDay = textValidator{
	"Unable to read the day", "a day",
	func(s string) error { _, err := parseDay(s); return err },
}

func parseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a day such as 2026-11-24", text)
	}
	return day, nil
}

// parseMoment returns the first moment of the text and the one after it: the
// same for a time, a day apart for a day.
func parseMoment(text string) (first, after time.Time, err error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day, day.AddDate(0, 0, 1), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, at, fmt.Errorf("%q is neither a day such as 2026-11-24 nor a time such as 2026-11-24T06:00:00Z", text)
	}
	return at, at, nil
}

func (d *outlookClientsDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	var m outlookClientsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	options := m.options(&resp.Diagnostics)
	files := m.files(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	tflog.Info(ctx, "reading logs for Outlook clients", map[string]any{"files": len(files)})
	options.Progress = func(p outlookclient.Progress) {
		tflog.Info(ctx, "reading logs for Outlook clients", map[string]any{
			"file": p.File, "files_read": p.Files, "files": len(files), "bytes": p.Bytes, "lines": p.Lines,
		})
	}
	report, err := readLogs(ctx, files, options)
	if err != nil {
		resp.Diagnostics.Append(logsError(err))
		return
	}
	tflog.Info(ctx, "read the logs for Outlook clients", map[string]any{
		"files": report.Summary.Files, "bytes": report.Summary.Bytes, "lines": report.Summary.Lines,
	})
	if report.Summary.Counted == 0 {
		resp.Diagnostics.AddWarning("No Outlook client found in the logs", fmt.Sprintf(
			"%d files with %d lines were read; none of the lines shows one. See skipped and unreadable for the reasons.",
			report.Summary.Files, report.Summary.Lines))
	}
	m.fill(report)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// options parses the arguments; the validators did, unless a value was unknown to them.
func (m *outlookClientsModel) options(diags *diag.Diagnostics) (o outlookclient.Options) {
	parse := func(value types.String, attribute, summary string, parse func(string) error) {
		if value.IsNull() {
			return
		}
		if err := parse(value.ValueString()); err != nil {
			diags.AddAttributeError(path.Root(attribute), summary, sentence(err))
		}
	}
	parse(m.Since, "since", isMoment.summary, func(s string) (err error) { o.Since, _, err = parseMoment(s); return err })
	parse(m.Until, "until", isMoment.summary, func(s string) (err error) { _, o.Until, err = parseMoment(s); return err })
	parse(m.AsOf, "as_of", isDay.summary, func(s string) (err error) { o.AsOf, err = parseDay(s); return err })
	if !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until) {
		diags.AddAttributeError(path.Root("until"), "Unable to read an empty span of time",
			fmt.Sprintf("until (%s) is not after since (%s).", m.Until.ValueString(), m.Since.ValueString()))
	}
	o.IncludeUsers = m.IncludeUsers.ValueBool()
	return o
}

// files are the files that log_paths name, each once, in order.
func (m *outlookClientsModel) files(diags *diag.Diagnostics) []string {
	if len(m.LogPaths.Elements()) == 0 {
		diags.AddAttributeError(path.Root("log_paths"), "Unable to find the logs",
			"The list is empty. Name at least one file, folder or pattern.")
	}
	found := map[string]bool{}
	for i, element := range m.LogPaths.Elements() {
		name, ok := element.(types.String)
		if !ok || name.IsNull() || name.IsUnknown() {
			continue // the validator refuses null
		}
		files, err := filesOf(name.ValueString())
		if err != nil {
			diags.AddAttributeError(path.Root("log_paths").AtListIndex(i), "Unable to find the logs", sentence(err))
		}
		for _, f := range files {
			found[filepath.Clean(f)] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// filesOf are the files that a path names: itself, those below a folder, or those that match a pattern.
func filesOf(name string) ([]string, error) {
	names := []string{name}
	if _, err := os.Stat(name); err != nil {
		if !strings.ContainsAny(name, "*?[") {
			return nil, fmt.Errorf("%q: %w", name, reasonOf(err))
		}
		if names, err = filepath.Glob(name); err != nil {
			return nil, fmt.Errorf("%q is not a pattern: a bracket is not closed, or a backslash is at the end", name)
		}
	}
	var out []string
	for _, n := range names {
		below, err := filesBelow(n)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", n, reasonOf(err))
		}
		out = append(out, below...)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%q matches no file; a relative path starts at the folder Terraform runs in", name)
	}
	return out, nil
}

// filesBelow is the file itself, or all files below a folder.
func filesBelow(name string) (out []string, err error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		name += string(os.PathSeparator) // a link to a folder counts as the folder
	}
	err = filepath.WalkDir(name, func(p string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it vanished since the folder was listed
		}
		if err == nil && !entry.IsDir() {
			out = append(out, p)
		}
		return err
	})
	return out, err
}

// errNoneOpened is for logs of which none could be opened.
var errNoneOpened = errors.New("none of the files could be opened")

// readLogs reads the files one after the other; one that cannot be opened is noted as unreadable.
func readLogs(ctx context.Context, files []string, o outlookclient.Options) (outlookclient.Report, error) {
	c := outlookclient.NewCollector(o)
	var failed error
	opened := 0
	for _, name := range files {
		f, err := openFile(name)
		if err != nil {
			failed = fmt.Errorf("%q: %w", name, err)
			c.Unreadable(name, 0, "The file cannot be opened: "+sentence(err))
			continue
		}
		opened++
		err = c.Read(ctx, name, f)
		_ = f.Close()
		if err != nil {
			return outlookclient.Report{}, err
		}
	}
	if opened == 0 {
		return outlookclient.Report{}, fmt.Errorf("%w: the last was %w", errNoneOpened, failed)
	}
	return c.Report(), nil
}

func logsError(err error) diag.Diagnostic {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return diag.NewErrorDiagnostic("Unable to finish reading the logs", "Reading was stopped. Run Terraform again.")
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("log_paths"), "Unable to read the logs", sentence(err))
}
