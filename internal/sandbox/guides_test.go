package sandbox_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const guides = root + "/internal/tools/templates/guides"

// Every Terraform block of a guide comes from an example, which another test runs.
// A block marked hcl is not run: it shows what this provider replaces, or names what is
// not there yet.
func TestGuidesShowExecutedExamples(t *testing.T) {
	examples := exampleTexts(t)
	files, err := filepath.Glob(guides + "/*.md*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no guides: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			guide, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(guide), "```")%2 != 0 {
				t.Error("a code block is not closed")
			}
			for _, block := range terraformBlocks(string(guide)) {
				if !slices.ContainsFunc(examples, func(text string) bool { return hasLines(text, block) }) {
					t.Errorf("no file below examples has this block:\n%s", block)
				}
			}
		})
	}
}

// exampleTexts are the configurations below examples, all of which are executed.
func exampleTexts(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root+"/examples", func(path string, _ fs.DirEntry, err error) error {
		if ext := filepath.Ext(path); err != nil || ext != ".tf" && ext != ".hcl" {
			return err
		}
		text, err := os.ReadFile(path)
		out = append(out, string(text))
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	return out
}

// terraformBlocks are the code blocks of a Markdown text in Terraform's language.
func terraformBlocks(text string) []string {
	var out []string
	for _, part := range strings.Split(text, "```terraform\n")[1:] {
		block, _, _ := strings.Cut(part, "\n```")
		out = append(out, block+"\n")
	}
	return out
}

// hasLines reports whether whole lines of text are the block.
func hasLines(text, block string) bool {
	return strings.HasPrefix(text, block) || strings.Contains(text, "\n"+block)
}
