// Package sandbox runs Terraform or OpenTofu on a configuration with this
// provider, offline and in a folder of its own, and leaves nothing behind.
//
// The provider comes from a file system mirror rather than a development
// override: init works as a user's does, and no command carries a warning.
package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Version is the provider's version inside a sandbox.
const Version = "0.1.0"

// RequiredProvider is the block by which a configuration asks for the provider.
const RequiredProvider = `terraform {
  required_providers {
    eop = {
      source = "eop-firewall/eop"
    }
  }
}
`

// hosts are the registries that Terraform and OpenTofu look for "eop-firewall/eop" on.
var hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// Sandbox is a temporary folder with a mirror of this provider.
type Sandbox struct {
	Dir string   // the configuration's copy
	Env []string // beside the environment of every command

	cli CLI
	top string
}

// New copies the configuration in folder config and prepares a mirror that
// serves the provider binary. extra names further provider binaries as
// "host/namespace/type/version" to path.
func New(cli CLI, provider, config string, extra map[string]string) (*Sandbox, error) {
	top, err := os.MkdirTemp("", "eop-sandbox-")
	if err != nil {
		return nil, err
	}
	s := &Sandbox{Dir: filepath.Join(top, "config"), cli: cli, top: top}
	if err := s.prepare(provider, config, extra); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Sandbox) prepare(provider, folder string, extra map[string]string) error {
	mirror := filepath.Join(s.top, "mirror")
	binaries := map[string]string{}
	for _, host := range hosts {
		binaries[host+"/eop-firewall/eop/"+Version] = provider
	}
	for name, path := range extra {
		binaries[name] = path
	}
	for name, path := range binaries {
		parts := strings.Split(name, "/")
		dir := filepath.Join(mirror, filepath.FromSlash(name), runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		target, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		link := "terraform-provider-" + parts[2] + "_v" + parts[3]
		if runtime.GOOS == "windows" {
			link += ".exe"
		}
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			return err
		}
	}
	const config = `disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path = %q
  }
}
`
	rc := fmt.Sprintf(config, mirror)
	if err := os.WriteFile(filepath.Join(s.top, "cli.tfrc"), []byte(rc), 0o644); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(s.top, "home"), 0o755); err != nil {
		return err
	}
	return os.CopyFS(s.Dir, os.DirFS(folder))
}

// UseRegistry lets the CLI fetch every other provider from its registry; this
// one still comes from the mirror.
func (s *Sandbox) UseRegistry() error {
	var own []string
	for _, host := range hosts {
		own = append(own, strconv.Quote(host+"/eop-firewall/*"))
	}
	mine := strings.Join(own, ", ")
	const config = `disable_checkpoint = true
provider_installation {
  filesystem_mirror {
    path    = %q
    include = [%s]
  }
  direct {
    exclude = [%s]
  }
}
`
	rc := fmt.Sprintf(config, filepath.Join(s.top, "mirror"), mine, mine)
	return os.WriteFile(filepath.Join(s.top, "cli.tfrc"), []byte(rc), 0o644)
}

// Close removes the folder.
func (s *Sandbox) Close() error { return os.RemoveAll(s.top) }

// Run runs the CLI and streams what it prints. The exit code of a CLI that ran
// is not an error.
func (s *Sandbox) Run(ctx context.Context, stdout, stderr io.Writer, args ...string) (exitCode int, err error) {
	state, err := s.RunState(ctx, stdout, stderr, args...)
	if err != nil {
		return 0, err
	}
	return state.ExitCode(), nil
}

// RunState is [Sandbox.Run] with what the CLI and the providers it started have used.
func (s *Sandbox) RunState(ctx context.Context, stdout, stderr io.Writer, args ...string) (*os.ProcessState, error) {
	cmd := exec.CommandContext(ctx, s.cli.Path, args...)
	cmd.Dir = s.Dir
	home := filepath.Join(s.top, "home")
	cmd.Env = append(cleanEnvironment(),
		"TF_CLI_CONFIG_FILE="+filepath.Join(s.top, "cli.tfrc"), "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1",
		"HOME="+home, "XDG_CACHE_HOME="+filepath.Join(home, "cache"))
	cmd.Env = append(cmd.Env, s.Env...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() >= 0 {
		err = nil
	}
	return cmd.ProcessState, err
}

// Must is [Sandbox.Run] for a command that has to succeed; complaints go to the
// standard error.
func (s *Sandbox) Must(ctx context.Context, stdout io.Writer, args ...string) error {
	code, err := s.Run(ctx, stdout, os.Stderr, args...)
	if err == nil && code != 0 {
		err = fmt.Errorf("exit code %d", code)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", s.cli.Name, strings.Join(args, " "), err)
	}
	return nil
}

// Output is [Sandbox.Run] with everything printed in one text.
func (s *Sandbox) Output(ctx context.Context, args ...string) (text string, exitCode int, err error) {
	var b bytes.Buffer
	exitCode, err = s.Run(ctx, &b, &b, args...)
	return b.String(), exitCode, err
}

// cleanEnvironment drops what would make one run differ from another.
func cleanEnvironment() []string {
	var out []string
	for _, e := range os.Environ() {
		drop := func(prefix string) bool { return strings.HasPrefix(e, prefix) }
		if !slices.ContainsFunc([]string{"TF_", "EOP_", "HOME=", "XDG_"}, drop) {
			out = append(out, e)
		}
	}
	return out
}
