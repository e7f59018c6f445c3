// Package cache keeps what the web service answered on disk: which version was
// the latest and when it was asked, every list by its version, and the client
// request id of this machine.
//
// Many processes may share a folder. Files are written beside their place and
// renamed into it, so that a reader sees the old or the new one, whole; there
// are no locks for a killed process to leave behind. Whatever cannot be read
// back exactly as it was written is treated as absent.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-uuid"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Cache is a folder. Lists of different services are kept apart.
type Cache struct {
	root    string
	service string // subfolder of one service's answers
}

// Open names the cache of a service under a folder, without touching the disk.
func Open(folder, serviceURL string) *Cache {
	return OpenService(folder, digest([]byte(serviceURL))[:16])
}

// OpenService is [Open] for the subfolder of a service.
func OpenService(folder, service string) *Cache { return &Cache{root: folder, service: service} }

// DefaultFolder is the user's cache folder for this provider; ok is false where
// the system knows none.
func DefaultFolder() (string, bool) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", false
	}
	return filepath.Join(dir, "terraform-provider-eop"), true
}

// Latest is what the service last said of an instance.
type Latest struct {
	Version endpoints.Version
	Checked time.Time
}

// The files are small JSON objects. digest is the SHA-256 of payload's bytes:
// atomic renames keep files whole, but not disks and editors honest.
type envelope struct {
	Format  int             `json:"format"`
	Digest  string          `json:"sha256"`
	Payload json.RawMessage `json:"payload"`
}

const format = 1

type latestPayload struct {
	Instance string    `json:"instance"`
	Version  string    `json:"version"`
	Checked  time.Time `json:"checked"`
}

type listPayload struct {
	Instance string          `json:"instance"`
	Version  string          `json:"version"`
	Sets     json.RawMessage `json:"sets"`
}

func (c *Cache) path(instance endpoints.Instance, name string) string {
	return filepath.Join(c.root, c.service, string(instance), name+".json")
}

const latestName = "latest"

// Latest reads the newest version the service named; ok is false where nothing
// readable is kept.
func (c *Cache) Latest(instance endpoints.Instance) (Latest, bool) {
	var p latestPayload
	if err := read(c.path(instance, latestName), &p); err != nil || p.Instance != string(instance) {
		return Latest{}, false
	}
	v, err := endpoints.ParseVersion(p.Version)
	return Latest{v, p.Checked}, err == nil
}

// StoreLatest remembers what the service said, and when.
func (c *Cache) StoreLatest(instance endpoints.Instance, l Latest) error {
	return write(c.path(instance, latestName), latestPayload{string(instance), l.Version.String(), l.Checked.UTC()})
}

// List reads a kept list; ok is false where it is not there or not as it was written.
func (c *Cache) List(instance endpoints.Instance, version endpoints.Version) (*endpoints.List, bool) {
	var p listPayload
	if err := read(c.path(instance, version.String()), &p); err != nil || p.Instance != string(instance) || p.Version != version.String() {
		return nil, false
	}
	sets, err := endpoints.DecodeSets(p.Sets)
	if err != nil {
		return nil, false
	}
	return &endpoints.List{Instance: instance, Version: version, Sets: sets}, true
}

// StoreList keeps a list under its version.
func (c *Cache) StoreList(l *endpoints.List) error {
	sets, err := endpoints.EncodeSets(l.Sets)
	if err != nil {
		return err
	}
	return write(c.path(l.Instance, l.Version.String()), listPayload{string(l.Instance), l.Version.String(), sets})
}

// Versions are the versions with a file, oldest first; whether one can be read
// shows when it is.
func (c *Cache) Versions(instance endpoints.Instance) []endpoints.Version {
	entries, _ := os.ReadDir(filepath.Dir(c.path(instance, latestName)))
	var out []endpoints.Version
	for _, e := range entries {
		if v, err := endpoints.ParseVersion(strings.TrimSuffix(e.Name(), ".json")); err == nil {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, endpoints.Version.Compare)
	return out
}

// ClientRequestID is the id of this machine, made and kept on first use. Where
// it cannot be kept, err says so and the id is good for this process.
func (c *Cache) ClientRequestID() (string, error) {
	path := filepath.Join(c.root, "client-request-id")
	if kept, err := os.ReadFile(path); err == nil {
		id := strings.TrimSpace(string(kept))
		if _, err := uuid.ParseUUID(id); err == nil {
			return id, nil
		}
	}
	id, err := uuid.GenerateUUID()
	if err != nil {
		return "", fmt.Errorf("no client request id could be made: %w", err)
	}
	return id, writeFile(path, []byte(id+"\n"))
}

// maxFile bounds what is read: a foreign file in the folder must not fill memory.
const maxFile = 16 << 20

func read(path string, payload any) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return fmt.Errorf("%s is no file of this cache", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var e envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	if e.Format != format || e.Digest != digest(e.Payload) {
		return errors.New("the digest does not match")
	}
	return json.Unmarshal(e.Payload, payload)
}

func write(path string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	file, err := json.Marshal(envelope{format, digest(data), data})
	if err != nil {
		return err
	}
	return writeFile(path, file)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// leftover is when a half-written file's writer must be dead.
const leftover = time.Hour

// writeFile replaces a file in one step.
func writeFile(path string, data []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	removeLeftovers(dir)
	f, err := os.CreateTemp(dir, ".write-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync() // before the rename, or a power cut could leave an empty file in place
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// removeLeftovers deletes what killed processes left half-written. It is a
// courtesy: failures do not matter.
func removeLeftovers(dir string) {
	files, _ := filepath.Glob(filepath.Join(dir, ".write-*"))
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && time.Since(info.ModTime()) > leftover {
			_ = os.Remove(f)
		}
	}
}
