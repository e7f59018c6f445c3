package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// ownFolder is the folder of this cache inside the one that was named.
const ownFolder = "terraform-provider-eop"

// folder is the cache's own folder. The folders above it may be shared, linked,
// group-writable or on a mounted volume.
type folder struct {
	parent string

	mu   sync.Mutex
	root *os.Root
}

func (f *folder) path() string { return filepath.Join(f.parent, ownFolder) }

// UntrustedError says why a cache folder is not used.
type UntrustedError struct {
	Folder string
	Reason string
}

func (e *UntrustedError) Error() string { return e.Folder + " " + e.Reason }

// open opens the folder if it exists; nil without an error where it does not.
// Everything read or written later goes through the folder that was checked here,
// and cannot leave it.
func (f *folder) open() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.opened()
}

func (f *folder) opened() (*os.Root, error) {
	if f.root != nil {
		return f.root, nil
	}
	info, err := os.Lstat(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, &UntrustedError{f.path(), "is not a folder"}
	}
	root, err := os.OpenRoot(f.path())
	if err != nil {
		return nil, err
	}
	if info, err = root.Stat("."); err == nil {
		if reason := distrust(info); reason != "" {
			err = &UntrustedError{f.path(), reason}
		}
	}
	if err != nil {
		_ = root.Close()
		return nil, err
	}
	f.root = root
	return root, nil
}

// create opens the folder, and makes it where it does not exist.
func (f *folder) create() (*os.Root, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	root, err := f.opened()
	if root != nil || err != nil {
		return root, err
	}
	if err := os.MkdirAll(f.parent, 0o755); err != nil {
		return nil, err
	}
	if err := os.Mkdir(f.path(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return f.opened()
}

// maxFile bounds what is read: a foreign file in the folder must not fill memory.
const maxFile = 16 << 20

// readFile reads a regular file of bounded size. It opens without blocking, because
// a named pipe would wait for a writer.
func readFile(root *os.Root, name string) ([]byte, error) {
	file, err := root.OpenFile(name, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s is not a file of this cache", name)
	}
	return io.ReadAll(io.LimitReader(file, maxFile))
}

// leftover is when the writer of a half-written file must be dead.
const leftover = time.Hour

const temporary = ".write-"

// writeFile replaces a file in one step.
func writeFile(root *os.Root, name string, data []byte) error {
	return writeBeside(root, name, data, root.Rename)
}

// writeNew writes a file that must not exist: of many processes one succeeds, and
// the others get fs.ErrExist.
func writeNew(root *os.Root, name string, data []byte) error {
	return writeBeside(root, name, data, func(from, to string) error {
		err := root.Link(from, to)
		_ = root.Remove(from)
		return err
	})
}

func writeBeside(root *os.Root, name string, data []byte, place func(from, to string) error) (err error) {
	dir := path.Dir(name)
	if err := root.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	removeLeftovers(root, dir)
	beside := path.Join(dir, temporary+strconv.FormatUint(rand.Uint64(), 36))
	file, err := root.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(beside)
		}
	}()
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync() // before the rename, or a power cut could leave an empty file in place
	}
	err = errors.Join(err, file.Close())
	if err != nil {
		return err
	}
	return place(beside, name)
}

// removeLeftovers deletes what killed processes left half-written. Failures do not
// matter.
func removeLeftovers(root *os.Root, dir string) {
	entries, _ := fs.ReadDir(root.FS(), dir)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), temporary) {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftover {
			_ = root.Remove(path.Join(dir, e.Name()))
		}
	}
}
