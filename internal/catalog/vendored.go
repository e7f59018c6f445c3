package catalog

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// vendored is archive_dir: <instance>/<version>.json, each the service's own
// answer, kept beside a configuration.
type vendored struct{ dir string }

func (d vendored) path(instance endpoints.Instance, version endpoints.Version) string {
	return filepath.Join(d.dir, string(instance), version.String()+".json")
}

// versions are those with a file, oldest first. A folder that is not there is
// an error, for it was named; one without the instance has none of its lists.
func (d vendored) versions(instance endpoints.Instance) ([]endpoints.Version, error) {
	if d.dir == "" {
		return nil, nil
	}
	if info, err := os.Stat(d.dir); err != nil || !info.IsDir() {
		if err == nil {
			err = errors.New("it is not a folder")
		}
		return nil, &UnusableError{d.dir, err}
	}
	if err := d.checkLayout(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(d.dir, string(instance)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &UnusableError{d.dir, err}
	}
	var out []endpoints.Version
	for _, e := range entries {
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON {
			continue
		}
		v, err := endpoints.ParseVersion(name)
		if err != nil || v.Kind() != endpoints.Full {
			return nil, &UnusableError{filepath.Join(d.dir, string(instance), e.Name()), errors.New("the file name is not a list version of ten digits, such as 2026081400.json")}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, endpoints.Version.Compare)
	return out, nil
}

// checkLayout finds lists that would be passed over in silence: beside the
// instances' folders, or in a folder with an instance's name in another case.
func (d vendored) checkLayout() error {
	entries, err := os.ReadDir(d.dir)
	if err != nil {
		return &UnusableError{d.dir, err}
	}
	for _, e := range entries {
		lower := strings.ToLower(e.Name())
		_, err := endpoints.ParseInstance(lower)
		if e.IsDir() && err == nil && lower != e.Name() {
			return &UnusableError{filepath.Join(d.dir, e.Name()), fmt.Errorf("the folder of an instance is named in lower case, %s", lower)}
		}
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if _, err := endpoints.ParseVersion(name); isJSON && err == nil {
			return &UnusableError{filepath.Join(d.dir, e.Name()), errors.New("a list belongs into the folder of its instance, such as worldwide/2026081400.json")}
		}
	}
	return nil
}

// maxVendored bounds a vendored file as the client bounds an answer.
const maxVendored = 8 << 20

// list reads one list.
func (d vendored) list(instance endpoints.Instance, version endpoints.Version) (*endpoints.List, error) {
	path := d.path(instance, version)
	f, err := os.Open(path)
	if err != nil {
		return nil, &UnusableError{path, err}
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, maxVendored+1))
	if err == nil && len(data) > maxVendored {
		err = fmt.Errorf("the file is larger than %d MiB", maxVendored>>20)
	}
	if err != nil {
		return nil, &UnusableError{path, err}
	}
	sets, err := endpoints.DecodeSets(data)
	if err != nil {
		return nil, &UnusableError{path, err}
	}
	return &endpoints.List{Instance: instance, Version: version, Sets: sets}, nil
}
