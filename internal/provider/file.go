package provider

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/eop-firewall/terraform-provider-eop/internal/pastedtext"
)

// openFile opens a regular file: a pipe may never end.
func openFile(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(name) {
		return nil, errors.New("no such file in the folder that Terraform runs in; ${path.module} makes a path the module's")
	}
	if err != nil {
		return nil, reasonOf(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, reasonOf(err)
	}
	return f, nil
}

// decodeFile reads a text file in one of the encodings that Windows writes. One of more
// than limit bytes is the error tooLarge.
func decodeFile(name string, limit int64, tooLarge error) (string, error) {
	f, err := openFile(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return "", reasonOf(err)
	}
	if int64(len(data)) > limit {
		return "", tooLarge
	}
	return pastedtext.Decode(data)
}

// reasonOf drops the system call and the path, which the caller names.
func reasonOf(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
