package endpoints

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// Published is what the service's version method says of an instance.
type Published struct {
	Latest   Version
	Versions []Version // oldest first; empty unless all were asked for
}

type wireVersion struct {
	Instance string   `json:"instance"`
	Latest   string   `json:"latest"`
	Versions []string `json:"versions"`
}

// DecodeVersion reads the answer of the service's version method: an object, or
// an array of them for all instances.
func DecodeVersion(data []byte, instance Instance) (Published, error) {
	var many []wireVersion
	if bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(data, byteOrderMark)), []byte("[")) {
		if err := DecodeJSON(data, &many); err != nil {
			return Published{}, err
		}
	} else {
		var one wireVersion
		if err := DecodeJSON(data, &one); err != nil {
			return Published{}, err
		}
		many = append(many, one)
	}
	for _, w := range many {
		if !strings.EqualFold(w.Instance, string(instance)) {
			continue
		}
		return w.latest()
	}
	return Published{}, fmt.Errorf("the answer has no instance %s", instance)
}

func (w wireVersion) latest() (out Published, err error) {
	if out.Latest, err = parseNumbered(w.Latest); err != nil {
		return Published{}, fmt.Errorf("latest: %w", err)
	}
	for i, s := range w.Versions {
		v, err := parseNumbered(s)
		if err != nil {
			return Published{}, fmt.Errorf("versions[%d]: %w", i, err)
		}
		out.Versions = append(out.Versions, v)
	}
	slices.SortFunc(out.Versions, Version.Compare)
	return out, nil
}

// parseNumbered refuses dates: the service numbers its lists.
func parseNumbered(s string) (Version, error) {
	v, err := ParseVersion(s)
	if err == nil && v.Kind() != Full {
		err = malformed(s)
	}
	return v, err
}
