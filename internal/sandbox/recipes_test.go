package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
	"github.com/eop-firewall/terraform-provider-eop/internal/sandbox"
)

// upstream is a web service whose list moves while a configuration lives.
type upstream struct {
	t       *testing.T
	service *eoptest.Service
	sandbox *sandbox.Sandbox
}

// recipe opens an example against a service that has the newest embedded list
// under a later number.
func recipe(t *testing.T, cli sandbox.CLI, example string) (*sandbox.Sandbox, *upstream) {
	t.Helper()
	s := open(t, cli, root+"/examples/"+example)
	u := &upstream{t, eoptest.New(t), s}
	u.move("2099010100")
	must(t, s, 0, "init")
	return s, u
}

// move publishes the newest embedded list under a version, with texts replaced,
// and lets an hour pass: the cache is forgotten.
func (u *upstream) move(version string, replace ...string) {
	u.t.Helper()
	l := eoptest.Newest(u.t, endpoints.Worldwide)
	body, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		u.t.Fatal(err)
	}
	u.service.PublishBody(endpoints.Worldwide, version, []byte(strings.NewReplacer(replace...).Replace(string(body))))
	u.sandbox.Env = []string{
		"EOP_LIST_SOURCE=service",
		"EOP_SERVICE_URL=" + u.service.URL,
		"EOP_CACHE_DIR=" + u.t.TempDir(),
	}
}

// Ways in which the list can move: the same addresses written otherwise or in
// another order, and one prefix more.
var (
	reordered = []string{`"40.92.0.0/15"`, `"104.47.0.0/17"`, `"104.47.0.0/17"`, `"40.92.0.0/15"`}
	rewritten = []string{`"104.47.0.0/17"`, `"104.47.64.0/18", "104.47.0.0/18"`}
	grown     = []string{`"104.47.0.0/17"`, `"104.47.0.0/17", "104.48.64.0/20"`}
)

func variable(s *sandbox.Sandbox, name, value string) {
	s.Env = append(s.Env, "TF_VAR_"+name+"="+value)
}

func folded(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(text)), " ")
}

func wantText(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, w := range wants {
		if !strings.Contains(folded(text), w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

func eachCLI(t *testing.T, test func(t *testing.T, cli sandbox.CLI)) {
	t.Helper()
	clis, err := sandbox.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, cli := range clis {
		t.Run(cli.Name, func(t *testing.T) {
			t.Parallel()
			test(t, cli)
		})
	}
}

func TestRecipeDriftAsExitCode(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "drift-exit-code")
		must(t, s, 0, "apply", "-auto-approve")
		must(t, s, 0, "plan", "-detailed-exitcode")
		u.move("2099020100")
		must(t, s, 0, "plan", "-detailed-exitcode") // another number, the same list
		u.move("2099020101", rewritten...)
		must(t, s, 0, "plan", "-detailed-exitcode")
		u.move("2099020102", reordered...)
		must(t, s, 0, "plan", "-detailed-exitcode")
		u.move("2099030100", grown...)
		wantText(
			t,
			"the plan",
			must(t, s, 2, "plan", "-detailed-exitcode"),
			`terraform_data.rule["104.48.64.0/20"] will be created`,
			"1 to add, 0 to change, 0 to destroy",
		)
	})
}

func TestRecipeDriftAsWarning(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "drift-warning")
		if text := must(t, s, 0, "apply", "-auto-approve"); strings.Contains(text, "Warning") {
			t.Errorf("a warning while the list is current:\n%s", text)
		}
		u.move("2099020100", rewritten...)
		if text := must(t, s, 0, "plan", "-detailed-exitcode"); strings.Contains(text, "Warning") {
			t.Errorf("a warning for the same addresses:\n%s", text)
		}
		u.move("2099030100", grown...)
		text := must(t, s, 0, "plan", "-detailed-exitcode", "-out=tfplan")
		wantText(
			t,
			"the plan",
			text,
			"Check block assertion failed",
			"EOP list 2026081400 is behind: 2099030100 has other addresses. Missing: 104.48.64.0/20.",
		)
		var plan struct {
			Checks []struct {
				Status    string `json:"status"`
				Instances []struct {
					Problems []struct {
						Message string `json:"message"`
					} `json:"problems"`
				} `json:"instances"`
			} `json:"checks"`
		}
		show, _, err := s.Output(t.Context(), "show", "-json", "tfplan")
		if err == nil {
			err = json.Unmarshal([]byte(show), &plan)
		}
		if err != nil || len(plan.Checks) != 1 {
			t.Fatalf("show -json: %v, %+v; want one check", err, plan)
		}
		if got := plan.Checks[0].Status; got != "fail" {
			t.Errorf("the check's status is %q", got)
		}
		if got := plan.Checks[0].Instances[0].Problems[0].Message; !strings.Contains(got, "104.48.64.0/20") {
			t.Errorf("the check's problem is %q", got)
		}
	})
}

// The scalar in the plan, not the exit code of the plan, is what a job must read:
// the exit code is 0 again once somebody applied for another reason.
func TestRecipePinnedDriftAsExitCode(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "drift-pinned")
		must(t, s, 0, "apply", "-auto-approve")
		wantCurrent(t, s, true, 0)
		u.move("2099020100", rewritten...) // the same addresses
		wantCurrent(t, s, true, 0)
		u.move("2099030100", grown...)
		wantCurrent(t, s, false, 2)
		must(t, s, 0, "apply", "-auto-approve")
		wantCurrent(t, s, false, 0)
	})
}

// wantCurrent plans, and wants the exit code of the plan and the output in it.
func wantCurrent(t *testing.T, s *sandbox.Sandbox, current bool, exitCode int) {
	t.Helper()
	text := must(t, s, exitCode, "plan", "-detailed-exitcode", "-input=false", "-out=tfplan")
	if !strings.Contains(text, "No changes") && !strings.Contains(text, "without changing any real infrastructure") {
		t.Errorf("the plan changes rules:\n%s", text)
	}
	var plan struct {
		Values struct {
			Outputs map[string]struct {
				Value bool `json:"value"`
			} `json:"outputs"`
		} `json:"planned_values"`
	}
	show := must(t, s, 0, "show", "-json", "tfplan")
	if err := json.Unmarshal([]byte(show), &plan); err != nil {
		t.Fatal(err)
	}
	output, ok := plan.Values.Outputs["eop_list_is_current"]
	if !ok || output.Value != current {
		t.Errorf("eop_list_is_current is %v, want %v", output, current)
	}
}

func TestRecipeDriftAsFailure(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "drift-failure")
		must(t, s, 0, "apply", "-auto-approve")
		u.move("2099020100", grown...)
		wantText(t, "the plan", must(t, s, 1, "plan"), "EOP list 2026081400 is behind: 2099020100 has other addresses")
	})
}

func TestRecipeApproval(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "approval")
		must(t, s, 0, "apply", "-auto-approve")
		u.move("2099020100", rewritten...)
		must(t, s, 0, "plan", "-detailed-exitcode")
		u.move("2099020101", reordered...)
		must(t, s, 0, "plan", "-detailed-exitcode")

		// A list waits: the rules stay, the output says what waits.
		u.move("2099030100", grown...)
		wantText(
			t,
			"the plan",
			must(t, s, 0, "plan"),
			"waiting",
			`"104.48.64.0/20"`,
			"without changing any real infrastructure",
		)
		must(t, s, 0, "apply", "-auto-approve")
		must(t, s, 0, "plan", "-detailed-exitcode")

		// Approved, and the upstream moves between plan and apply.
		variable(s, "approved_version", "2099030100")
		wantText(
			t,
			"the approval",
			must(t, s, 2, "plan", "-detailed-exitcode", "-out=tfplan"),
			`"2026081400" -> "2099030100"`,
			`+ "104.48.64.0/20"`,
			`terraform_data.rule["104.48.64.0/20"] will be created`,
		)
		cache := s.Env[2]
		u.move("2099040100", "52.100.0.0/14", "52.100.0.0/15")
		must(t, s, 0, "apply", "tfplan")
		s.Env[2] = cache // the approved list was seen by this machine, and stays in its cache
		variable(s, "approved_version", "2099030100")
		must(t, s, 0, "apply", "-auto-approve")
		must(t, s, 0, "plan", "-detailed-exitcode")
		wantText(
			t,
			"the pin",
			must(t, s, 0, "state", "show", "eop_smtp_pin.firewall"),
			`version = "2099030100"`,
			`"104.48.64.0/20"`,
		)

		// Back by naming the older version.
		variable(s, "approved_version", "2026081400")
		must(t, s, 0, "apply", "-auto-approve")
		wantText(t, "the pin", must(t, s, 0, "state", "show", "eop_smtp_pin.firewall"), `version = "2026081400"`)

		// A version nobody has.
		variable(s, "approved_version", "2099030199")
		wantText(t, "an unknown version", must(t, s, 1, "plan"), "Unable to find the pinned list version", "2099030199")
	})
}

func TestRecipeUnattended(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "auto-approval")
		must(t, s, 0, "apply", "-auto-approve")
		u.move("2099020100", rewritten...)
		must(t, s, 0, "plan", "-detailed-exitcode")
		u.move("2099030100", grown...)
		wantText(
			t,
			"the plan",
			must(t, s, 2, "plan", "-detailed-exitcode", "-out=tfplan"),
			`"2099010100" -> "2099030100"`,
			`+ "104.48.64.0/20"`,
		)
		u.move("2099040100")
		must(t, s, 0, "apply", "tfplan")
		wantText(
			t,
			"the pin",
			must(t, s, 0, "state", "show", "eop_smtp_pin.firewall"),
			`version = "2099030100"`,
			`"104.48.64.0/20"`,
		)

		// What goes is retained for a month of publication dates.
		wantText(t, "the plan", must(t, s, 2, "plan", "-detailed-exitcode"), `"104.48.64.0/20" = "2099030100"`)
		must(t, s, 0, "apply", "-auto-approve")
		wantText(
			t,
			"the pin",
			must(t, s, 0, "state", "show", "eop_smtp_pin.firewall"),
			`version = "2099040100"`,
			`"104.48.64.0/20" = "2099030100"`,
		)
		u.move("2099050200")
		wantText(
			t,
			"the plan",
			must(t, s, 2, "plan", "-detailed-exitcode"),
			`terraform_data.rule["104.48.64.0/20"] will be destroyed`,
		)
		must(t, s, 0, "apply", "-auto-approve")
		must(t, s, 0, "plan", "-detailed-exitcode")

		// A suspicious step waits.
		u.move("2099060200", "52.100.0.0/14", "52.100.0.0/15")
		wantText(
			t,
			"the step",
			must(t, s, 0, "plan", "-detailed-exitcode"),
			"keep only 73.3 % of the IPv4 space",
			`approved_version = "2099060200"`,
		)
	})
}

// The plan fails where the record names what the list lacks, and the pin waits where the
// record does not confirm what the list adds.
func TestRecipeTwoPublications(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "two-publications")
		dns := eoptest.NewDNS(t, map[string][]string{"spf.protection.outlook.com": {eoptest.SPFRecord}})
		resolver := "TF_VAR_resolver=" + dns.Address
		s.Env = append(s.Env, resolver)
		must(t, s, 0, "apply", "-auto-approve")
		u.move("2099020100", grown...)
		s.Env = append(s.Env, resolver)
		wantText(
			t,
			"the plan",
			must(t, s, 2, "plan", "-detailed-exitcode"),
			"it adds 104.48.64.0/20, of which the witness confirms 0.0 %",
		)
		u.move("2099030100", `"104.47.0.0/17"`, `"104.47.0.0/18"`)
		s.Env = append(s.Env, resolver)
		wantText(t, "the plan", must(t, s, 1, "plan"), "lacks addresses that the SPF record names: 104.47.64.0/18")
	})
}

// A pin whose candidate is the newest list warns once what waits; plan -json
// carries the warning for a job to read.
func TestPinWarningInPlanJSON(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s, u := recipe(t, cli, "approval")
		must(t, s, 0, "apply", "-auto-approve")
		u.move("2099020100", grown...)
		edit(t, s, "main.tf", "version        = var.approved_version\n  compare_latest = true", "compare_latest = true")
		text, code, err := s.Output(t.Context(), "plan", "-json")
		if err != nil || code != 0 {
			t.Fatalf("exit code %d, %v\n%s", code, err, text)
		}
		warnings := 0
		for line := range strings.Lines(text) {
			var message struct {
				Level string `json:"@level"`
				Type  string `json:"type"`
				Text  string `json:"@message"`
			}
			if json.Unmarshal([]byte(line), &message) == nil && message.Level == "warn" &&
				strings.Contains(message.Text, "waits for approval") {
				warnings++
			}
		}
		if warnings != 1 {
			t.Errorf("%d warnings in plan -json:\n%s", warnings, text)
		}
	})
}

// A module's own test runs on the embedded list.
func TestTestingAModule(t *testing.T) {
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s := open(t, cli, root+"/examples/testing-a-module")
		must(t, s, 0, "init")
		wantText(t, "the test", must(t, s, 0, "test"), `run "one_rule_per_prefix"... pass`)
	})
}

// Data sources behind depends_on are read too late for for_each; the function is not.
func TestForEachUnderDependsOn(t *testing.T) {
	const config = `
resource "terraform_data" "first" {
  input = "x"
}

%s

resource "terraform_data" "rule" {
  for_each = %s
  input    = each.value
}
`
	eachCLI(t, func(t *testing.T, cli sandbox.CLI) {
		s := open(t, cli, root+"/examples/functions/smtp_allowlist")
		replace(
			t,
			s,
			"function.tf",
			fmt.Sprintf(
				config,
				"data \"eop_smtp_allowlist\" \"late\" {\n  depends_on = [terraform_data.first]\n}",
				"data.eop_smtp_allowlist.late.rules",
			),
		)
		must(t, s, 0, "init")
		wantText(t, "the data source", must(t, s, 1, "plan"), "Invalid for_each argument")
		replace(
			t,
			s,
			"function.tf",
			fmt.Sprintf(config, "", `provider::eop::smtp_allowlist("worldwide", "2026081400").rules`),
		)
		must(t, s, 0, "apply", "-auto-approve")
		must(t, s, 0, "plan", "-detailed-exitcode")
	})
}
