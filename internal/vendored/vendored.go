// Package vendored reads lists that are kept beside a configuration, in a folder with
// <instance>/<version>.json, each the web service's own answer.
package vendored

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

// Folder is the folder of vendored lists; empty: there is none.
type Folder string

// Error says what cannot be used, and why.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Path, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Path is the file of a list.
func (d Folder) Path(instance endpoints.Instance, version endpoints.Version) string {
	return filepath.Join(string(d), string(instance), version.String()+".json")
}

// Versions are those with a file, oldest first. A folder that is not there is an error,
// because it was named; one without the instance has none of its lists. The errors of
// this package are *[Error].
func (d Folder) Versions(instance endpoints.Instance) ([]endpoints.Version, error) {
	if d == "" {
		return nil, nil
	}
	if info, err := os.Stat(string(d)); err != nil || !info.IsDir() {
		if err == nil {
			err = errors.New("it is not a folder")
		}
		return nil, &Error{string(d), err}
	}
	if err := d.checkLayout(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(string(d), string(instance)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{string(d), err}
	}
	var out []endpoints.Version
	for _, e := range entries {
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if !isJSON {
			continue
		}
		v, err := endpoints.ParseVersion(name)
		if err != nil || v.Kind() != endpoints.Full {
			return nil, &Error{filepath.Join(string(d), string(instance), e.Name()), errors.New(
				"the file name is not a list version of ten digits, such as 2026081400.json")}
		}
		out = append(out, v)
	}
	slices.SortFunc(out, endpoints.Version.Compare)
	return out, nil
}

// checkLayout finds lists that would be passed over in silence: beside the
// instances' folders, or in a folder with an instance's name in another case.
func (d Folder) checkLayout() error {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return &Error{string(d), err}
	}
	for _, e := range entries {
		lower := strings.ToLower(e.Name())
		_, err := endpoints.ParseInstance(lower)
		if e.IsDir() && err == nil && lower != e.Name() {
			return &Error{
				filepath.Join(string(d), e.Name()),
				fmt.Errorf("the folder of an instance is named in lower case, %s", lower),
			}
		}
		name, isJSON := strings.CutSuffix(e.Name(), ".json")
		if _, err := endpoints.ParseVersion(name); isJSON && err == nil {
			return &Error{filepath.Join(string(d), e.Name()), errors.New(
				"the file is not in the folder of an instance; move it to one, such as worldwide/2026081400.json")}
		}
	}
	return nil
}

// maxVendored bounds a vendored file as the client bounds an answer.
const maxVendored = 8 << 20

// List reads one list.
func (d Folder) List(instance endpoints.Instance, version endpoints.Version) (*endpoints.List, error) {
	path := d.Path(instance, version)
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file") // opening a pipe would wait for its writer
	}
	if err != nil {
		return nil, &Error{path, err}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &Error{path, err}
	}
	defer f.Close() //nolint:errcheck // read only
	data, err := io.ReadAll(io.LimitReader(f, maxVendored+1))
	if err == nil && len(data) > maxVendored {
		err = fmt.Errorf("the file is larger than %d MiB", maxVendored>>20)
	}
	if err != nil {
		return nil, &Error{path, err}
	}
	sets, err := endpoints.DecodeSets(data)
	if err != nil {
		return nil, &Error{path, err}
	}
	return &endpoints.List{Instance: instance, Version: version, Sets: sets}, nil
}
