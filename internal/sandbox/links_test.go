package sandbox_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	codeBlock  = regexp.MustCompile("(?s)```.*?```")
	codeSpan   = regexp.MustCompile("`[^`\n]*`")
	linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"`)
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchorID   = regexp.MustCompile(`(?:id|name)="([^"]+)"`)
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	notInSlug  = regexp.MustCompile(`[^\p{L}\p{N}_\- ]`)
	repository = regexp.MustCompile(`^https://github\.com/eop-firewall/terraform-provider-eop/(?:tree|blob)/main/`)
)

// Every link to a file of the repository, and every anchor in one, exists. docs/ is
// generated from the templates, so their links are among these.
func TestLinks(t *testing.T) {
	pages := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "DESIGN.md"}
	err := fs.WalkDir(os.DirFS(root), "docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		t.Run(page, func(t *testing.T) {
			text := codeSpan.ReplaceAllString(prose(t, page), "`")
			for _, m := range linkTarget.FindAllStringSubmatch(text, -1) {
				if problem := brokenLink(t, page, m[1]+m[2]); problem != "" {
					t.Errorf("%s: %s", m[1]+m[2], problem)
				}
			}
		})
	}
}

// brokenLink says what is wrong with a link of a page, if anything is.
func brokenLink(t *testing.T, page, link string) string {
	t.Helper()
	path, anchor, _ := strings.Cut(link, "#")
	target := page
	switch own := repository.FindString(path); {
	case own != "":
		target = strings.TrimPrefix(path, own)
	case strings.Contains(path, "://"), strings.HasPrefix(path, "mailto:"):
		return ""
	case path != "":
		target = filepath.ToSlash(filepath.Join(filepath.Dir(page), path))
	}
	if _, err := os.Stat(filepath.Join(root, target)); err != nil {
		return "no such file"
	}
	if anchor != "" && !slices.Contains(anchors(prose(t, target)), anchor) {
		return "no such anchor in " + target
	}
	return ""
}

// prose is a page without its code blocks.
func prose(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	return codeBlock.ReplaceAllString(string(text), "")
}

// anchors are the names that a link can have behind its #: those that GitHub and the
// registries make from headings, and those that the text sets itself.
func anchors(text string) (out []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := linkText.ReplaceAllString(strings.TrimSpace(m[1]), "$1")
		name = notInSlug.ReplaceAllString(strings.ToLower(name), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	for _, m := range anchorID.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestAnchors(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"words":       {"## Try it", "try-it"},
		"punctuation": {"# Coming from an `http` data source, or not?", "coming-from-an-http-data-source-or-not"},
		"a link":      {"### See [the guide](guide.md#top)", "see-the-guide"},
		"underscore":  {"# eop_hybrid (Data Source)", "eop_hybrid-data-source"},
		"set by hand": {`<a id="nestedatt--guard"></a>`, "nestedatt--guard"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff([]string{test.want}, anchors(test.text)); diff != "" {
				t.Errorf("anchors (-want +got):\n%s", diff)
			}
		})
	}
}
