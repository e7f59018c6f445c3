// Package cache keeps what the web service answered on disk: which version was
// the latest and when it was asked, every list by its version, how long the
// service wants to be left alone, and the client request id of this machine.
//
// The folder is private: see [Cache.Check]. Many processes may share it. Files are
// written beside their place and renamed into it, so that a reader sees the old
// or the new one, whole. Whatever cannot be read back exactly as it was written
// is treated as absent.
package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-uuid"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// Cache is a folder. Each service has its own lists.
type Cache struct {
	folder  *folder
	service string // subfolder of one service's answers
}

// Open names the cache of a service inside a folder, without touching the disk.
// The cache is a subfolder of its own there.
func Open(parent, serviceURL string) *Cache {
	return &Cache{folder: &folder{parent: parent}, service: digest([]byte(serviceURL))[:16]}
}

// DefaultFolder is the user's cache folder; ok is false where the system knows none.
func DefaultFolder() (string, bool) {
	dir, err := os.UserCacheDir()
	return dir, err == nil
}

// Path is the cache's own folder.
func (c *Cache) Path() string { return c.folder.path() }

// Check reports why the folder is not used: it belongs to somebody else, or others
// may write to it. The error is an *[UntrustedError]; nil where it can be used or
// does not exist yet.
func (c *Cache) Check() error {
	_, err := c.folder.open()
	var untrusted *UntrustedError
	if errors.As(err, &untrusted) {
		return err
	}
	return nil
}

// State is what is known of the service's latest list of an instance.
type State struct {
	Version   endpoints.Version // the latest the service named
	Checked   time.Time         // when it was last named
	FirstSeen time.Time         // when this version was first named
	Fetched   time.Time         // when its list was last read from the service
}

// The files are small JSON objects. digest is the SHA-256 of payload's bytes:
// atomic renames keep files whole, but not disks and editors honest.
type envelope struct {
	Format  int             `json:"format"`
	Digest  string          `json:"sha256"`
	Payload json.RawMessage `json:"payload"`
}

const format = 2

type statePayload struct {
	Instance  string    `json:"instance"`
	Version   string    `json:"version"`
	Checked   time.Time `json:"checked"`
	FirstSeen time.Time `json:"first_seen"`
	Fetched   time.Time `json:"fetched,omitzero"`
}

type listPayload struct {
	Instance string          `json:"instance"`
	Version  string          `json:"version"`
	Sets     json.RawMessage `json:"sets"`
}

type pausePayload struct {
	Until time.Time `json:"until"`
}

func (c *Cache) file(instance endpoints.Instance, name string) string {
	return path.Join(c.service, string(instance), name+".json")
}

const stateName = "latest"

// State reads what the service last said of an instance; ok is false where nothing
// readable is kept.
func (c *Cache) State(instance endpoints.Instance) (s State, ok bool) {
	var p statePayload
	if err := c.read(c.file(instance, stateName), &p); err != nil || p.Instance != string(instance) {
		return State{}, false
	}
	v, err := endpoints.ParseVersion(p.Version)
	return State{v, p.Checked, p.FirstSeen, p.Fetched}, err == nil
}

// StoreState remembers what the service said, and when.
func (c *Cache) StoreState(instance endpoints.Instance, s State) error {
	return c.write(c.file(instance, stateName), statePayload{
		string(instance), s.Version.String(), s.Checked.UTC(), s.FirstSeen.UTC(), s.Fetched.UTC(),
	})
}

// List reads a kept list; ok is false where it is not there or not as it was written.
func (c *Cache) List(instance endpoints.Instance, version endpoints.Version) (l *endpoints.List, ok bool) {
	var p listPayload
	err := c.read(c.file(instance, version.String()), &p)
	if err != nil || p.Instance != string(instance) || p.Version != version.String() {
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
	return c.write(c.file(l.Instance, l.Version.String()), listPayload{string(l.Instance), l.Version.String(), sets})
}

// Remove forgets a list.
func (c *Cache) Remove(instance endpoints.Instance, version endpoints.Version) error {
	root, err := c.folder.open()
	if err != nil || root == nil {
		return err
	}
	if err := root.Remove(c.file(instance, version.String())); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Versions are the versions with a file, oldest first; whether one can be read
// shows when it is.
func (c *Cache) Versions(instance endpoints.Instance) []endpoints.Version {
	root, err := c.folder.open()
	if err != nil || root == nil {
		return nil
	}
	entries, _ := fs.ReadDir(root.FS(), path.Join(c.service, string(instance)))
	var out []endpoints.Version
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if v, err := endpoints.ParseVersion(name); ok && err == nil {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, endpoints.Version.Compare)
	return out
}

func (c *Cache) pauseFile() string { return path.Join(c.service, "pause.json") }

// PausedUntil is when the service may be asked again; zero where it set no time.
func (c *Cache) PausedUntil() time.Time {
	var p pausePayload
	if err := c.read(c.pauseFile(), &p); err != nil {
		return time.Time{}
	}
	return p.Until
}

// Pause remembers that the service wants to be left alone.
func (c *Cache) Pause(until time.Time) error {
	return c.write(c.pauseFile(), pausePayload{until.UTC()})
}

const idFile = "client-request-id"

// ClientRequestID is the id of this machine, made and kept on first use: all
// services and processes get the same one. Where it cannot be kept, err says so
// and the id serves this process.
func (c *Cache) ClientRequestID() (string, error) {
	if id, ok := c.keptID(); ok {
		return id, nil
	}
	id, err := uuid.GenerateUUID()
	if err != nil {
		return "", fmt.Errorf("unable to make a client request id: %w", err)
	}
	root, err := c.folder.create()
	if err != nil {
		return id, err
	}
	err = writeNew(root, idFile, []byte(id+"\n"))
	if errors.Is(err, fs.ErrExist) {
		if kept, ok := c.keptID(); ok { // another process was first
			return kept, nil
		}
		err = writeFile(root, idFile, []byte(id+"\n")) // what is there is damaged
	}
	return id, err
}

func (c *Cache) keptID() (string, bool) {
	root, err := c.folder.open()
	if err != nil || root == nil {
		return "", false
	}
	data, err := readFile(root, idFile)
	if err != nil {
		return "", false
	}
	id := strings.TrimSpace(string(data))
	_, err = uuid.ParseUUID(id)
	return id, err == nil
}

func (c *Cache) read(name string, payload any) error {
	root, err := c.folder.open()
	if err != nil {
		return err
	}
	if root == nil {
		return fs.ErrNotExist
	}
	data, err := readFile(root, name)
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

func (c *Cache) write(name string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	file, err := json.Marshal(envelope{format, digest(data), data})
	if err != nil {
		return err
	}
	root, err := c.folder.create()
	if err != nil {
		return err
	}
	return writeFile(root, name, file)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
