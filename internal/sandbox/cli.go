package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/semver"
)

// CLI is a Terraform or OpenTofu binary.
type CLI struct {
	Name    string // terraform or tofu
	Version string // such as 1.8.5
	Path    string // absolute
}

// Feature is something that not every supported CLI has.
type Feature struct {
	Name string
	// The first version with the feature, such as 1.11.
	Terraform, OpenTofu string
}

// WriteOnlyArguments never reach plan or state. The resource eop_smtp_pin has some.
var WriteOnlyArguments = Feature{Name: "write-only arguments", Terraform: "1.11", OpenTofu: "1.11"}

// Lacks says why the CLI cannot do what needs the feature, and is empty where it can.
func (c CLI) Lacks(f Feature) string {
	since := map[string]string{"terraform": f.Terraform, "tofu": f.OpenTofu}[c.Name]
	if semver.Compare("v"+c.Version, "v"+since) >= 0 {
		return ""
	}
	return fmt.Sprintf("%s %s has no %s; they need %s", c.Name, c.Version, f.Name, since)
}

// Find returns the CLIs to run. The variable TEST_CLI names one, as
// terraform@1.8.5 (built by make cli into bin of the repository's root) or as
// terraform or tofu. Without it they are those on PATH, and the OpenTofu that
// make built into bin.
func Find(root string) ([]CLI, error) {
	if wanted := os.Getenv("TEST_CLI"); wanted != "" {
		cli, err := named(root, wanted)
		if err != nil {
			return nil, fmt.Errorf("TEST_CLI=%s: %w", wanted, err)
		}
		return []CLI{cli}, nil
	}
	var out []CLI
	for _, name := range []string{"terraform", "tofu"} {
		cli, err := named(root, name)
		switch {
		case err == nil:
			out = append(out, cli)
		case !errors.Is(err, os.ErrNotExist) && !errors.Is(err, exec.ErrNotFound):
			return nil, err
		}
	}
	if len(out) == 0 {
		return nil, errors.New("neither terraform nor tofu is on PATH, and bin/tofu is not built; make tofu builds it")
	}
	return out, nil
}

// named finds "terraform", "tofu", or one of them in a version.
func named(root, wanted string) (CLI, error) {
	name, version, pinned := strings.Cut(wanted, "@")
	if name != "terraform" && name != "tofu" {
		return CLI{}, fmt.Errorf("there is no CLI %q: use terraform, tofu or NAME@VERSION", name)
	}
	var path string
	var err error
	if !pinned {
		path, err = exec.LookPath(name)
	}
	if pinned || err != nil {
		file := strings.TrimSuffix(name+"-"+version, "-")
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		if path, err = filepath.Abs(filepath.Join(root, "bin", file)); err != nil {
			return CLI{}, err
		}
		if _, err := os.Stat(path); err != nil {
			return CLI{}, err
		}
	}
	found, err := versionOf(path)
	if err == nil && pinned && found != version {
		err = fmt.Errorf("%s is version %s", path, found)
	}
	return CLI{Name: name, Version: found, Path: path}, err
}

var versions sync.Map // of paths: asking takes a CLI a tenth of a second

// versionOf asks a binary which version it is.
func versionOf(path string) (string, error) {
	if v, ok := versions.Load(path); ok {
		version, _ := v.(string) // stored below
		return version, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version", "-json")
	cmd.Env = append(cleanEnvironment(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s version -json: %w", path, err)
	}
	var answer struct {
		Version string `json:"terraform_version"` // OpenTofu's key too
	}
	if err := json.Unmarshal(out, &answer); err != nil || !semver.IsValid("v"+answer.Version) {
		return "", fmt.Errorf("%s version -json names no version: %s", path, out)
	}
	versions.Store(path, answer.Version)
	return answer.Version, nil
}
