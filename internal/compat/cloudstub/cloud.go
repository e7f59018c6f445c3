package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// folderVariable names the folder in which the stand-in keeps its objects from
// one command to the next: type/handle, each the object in MessagePack. Without
// it nothing is kept, as in the tests that mock the provider.
const folderVariable = "CLOUDSTUB_DIR"

// cloud is what the stand-in for a cloud remembers.
type cloud struct {
	mu        sync.Mutex
	folder    string
	resources map[string]*resource
}

// object is one that exists.
type object struct {
	typ, handle string
	value       tftypes.Value
}

func (c *cloud) path(typ, handle string) string { return filepath.Join(c.folder, typ, handle) }

// reserve makes the handle of a new object.
func (c *cloud) reserve(typ string) (string, error) {
	if err := os.MkdirAll(filepath.Join(c.folder, typ), 0o755); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		handle := strconv.Itoa(n)
		f, err := os.OpenFile(c.path(typ, handle), os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return handle, f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
}

// read returns an object, and false where it does not exist.
func (c *cloud) read(typ, handle string) (*tfprotov6.DynamicValue, bool, error) {
	data, err := os.ReadFile(c.path(typ, handle))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	return &tfprotov6.DynamicValue{MsgPack: data}, err == nil, err
}

func (c *cloud) objects() (out []object, err error) {
	for typ, r := range c.resources {
		handles, err := os.ReadDir(filepath.Join(c.folder, typ))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, h := range handles {
			stored, ok, err := c.read(typ, h.Name())
			if err != nil || !ok || len(stored.MsgPack) == 0 {
				return nil, fmt.Errorf("%s %s cannot be read: %w", typ, h.Name(), err)
			}
			v, err := stored.Unmarshal(r.typ)
			if err != nil {
				return nil, err
			}
			out = append(out, object{typ, h.Name(), v})
		}
	}
	return out, nil
}

// allow says why an object cannot become what it should, null for no more: its
// key is another's, or a key that it gives up is referred to.
func (c *cloud) allow(typ, handle string, before, after tftypes.Value) error {
	r := c.resources[typ]
	if r.Key == "" {
		return nil
	}
	old, kept := texts(before, r.Key), texts(after, r.Key)
	others, err := c.objects()
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.typ == typ && other.handle == handle {
			continue
		}
		if other.typ == typ {
			for _, key := range texts(other.value, r.Key) {
				if slices.Contains(kept, key) && !slices.Contains(old, key) {
					return fmt.Errorf("%s %q already exists", typ, key)
				}
			}
		}
		for path, types := range c.resources[other.typ].Refers {
			if !slices.Contains(types, typ) {
				continue
			}
			for _, key := range texts(other.value, path) {
				if slices.Contains(old, key) && !slices.Contains(kept, key) {
					return fmt.Errorf("%s %q cannot be deleted because of references from %s %s", typ, key, other.typ, path)
				}
			}
		}
	}
	return nil
}

// keep writes an object, or deletes it where it is null.
func (c *cloud) keep(typ, handle string, v tftypes.Value) error {
	if v.IsNull() {
		return os.Remove(c.path(typ, handle))
	}
	packed, err := tfprotov6.NewDynamicValue(c.resources[typ].typ, v)
	if err != nil {
		return err
	}
	if place := c.place(typ, v); place != "" {
		if err := os.WriteFile(place, []byte(handle), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(c.path(typ, handle), packed.MsgPack, 0o600)
}

// place is the file that names the object in the first place, where this one wants
// to be first, and else empty.
func (c *cloud) place(typ string, v tftypes.Value) string {
	p := c.resources[typ].Place
	if p == nil {
		return ""
	}
	if !slices.Contains(texts(v, p.At), "first") {
		return ""
	}
	hash := fnv.New64a()
	_, _ = fmt.Fprint(hash, typ, find(v, p.In))
	return filepath.Join(c.folder, fmt.Sprintf("first-%x", hash.Sum64()))
}

// displaced reports whether another object has taken this one's place since.
func (c *cloud) displaced(typ, handle string, v tftypes.Value) (bool, error) {
	place := c.place(typ, v)
	if place == "" {
		return false, nil
	}
	holder, err := os.ReadFile(place)
	return string(holder) != handle, err
}
