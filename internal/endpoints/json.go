package endpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
)

// Bounds of one answer. The largest real list has 79 sets and 3,000 values; the 393 changes
// of worldwide sets that the archive has since 2018 make about 10,000 values in the feed.
const (
	maxSets     = 10_000
	maxPrefixes = 100_000
	maxNames    = 100_000
	maxValues   = 200_000
	maxDepth    = 16
	maxKeys     = 200 // of one object
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// DecodeJSON reads one JSON value and nothing after it. It is stricter than
// encoding/json, so that every reader of an answer sees the same list: a key that
// occurs twice, or differs from a known key only in case, is an error. An HTML page,
// the usual stand-in of a captive portal or proxy, is named as such.
func DecodeJSON(data []byte, into any) error {
	body := bytes.TrimSpace(bytes.TrimPrefix(data, byteOrderMark))
	switch {
	case len(body) == 0:
		return errors.New("the body is empty")
	case body[0] == '<':
		return fmt.Errorf("the body is a web page, not JSON (%s); a proxy or captive portal answers like this", excerpt(body))
	}
	if err := checkJSON(body, keysOf(reflect.TypeOf(into))); err != nil {
		return fmt.Errorf("the body is not the expected JSON: %w (it begins %s)", err, excerpt(body))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the body is not the expected JSON: %w (it begins %s)", err, excerpt(body))
	}
	return nil
}

// keysOf are the JSON keys of a type, at any depth.
func keysOf(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return keysOf(t.Elem())
	case reflect.Struct:
		var out []string
		for f := range t.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out = append(append(out, name), keysOf(f.Type)...)
		}
		return out
	}
	return nil
}

// checkJSON walks a value token by token, in memory that does not grow with it.
func checkJSON(body []byte, known []string) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	w := walker{dec: dec, known: map[string]string{}}
	for _, k := range known {
		w.known[fold(k)] = k
	}
	if err := w.value(); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the JSON value")
	}
	return nil
}

type walker struct {
	dec    *json.Decoder
	known  map[string]string
	depth  int
	values int
	keys   [maxDepth + 1]map[string]string // of the open objects, by depth; made once
}

func (w *walker) value() error {
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	if w.values++; w.values > maxValues {
		return fmt.Errorf("it has more than %d values", maxValues)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	if w.depth++; w.depth > maxDepth {
		return fmt.Errorf("it is nested more than %d levels deep", maxDepth)
	}
	if delim == '{' {
		err = w.object()
	} else {
		err = w.array()
	}
	w.depth--
	if err != nil {
		return err
	}
	_, err = w.dec.Token() // the closing bracket
	return err
}

func (w *walker) array() error {
	elements := 0
	for w.dec.More() {
		if elements++; elements > maxPrefixes {
			return fmt.Errorf("an array has more than %d elements", maxPrefixes)
		}
		if err := w.value(); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) object() error {
	keys := w.keys[w.depth] // as written, by what they are regardless of case
	if keys == nil {
		keys = map[string]string{}
		w.keys[w.depth] = keys
	}
	clear(keys)
	for w.dec.More() {
		token, err := w.dec.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok {
			return fmt.Errorf("%v is not a key", token)
		}
		if len(keys) == maxKeys {
			return fmt.Errorf("an object has more than %d keys", maxKeys)
		}
		f := fold(key)
		if k, ok := keys[f]; ok {
			return fmt.Errorf("the keys %q and %q stand in one object; programs differ in which they take", k, key)
		}
		if k, ok := w.known[f]; ok && k != key {
			return fmt.Errorf("the key %q is not spelled %q; programs differ in whether they take it", key, k)
		}
		keys[f] = key
		if err := w.value(); err != nil {
			return err
		}
	}
	return nil
}

// fold maps all spellings of a key that [strings.EqualFold] takes for equal to one: in
// ASCII the lower case, which most keys are already.
func fold(key string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return unicode.ToLower(least)
	}, key)
}

// excerpt quotes the start of a body for an error text.
func excerpt(body []byte) string {
	const most = 60
	if len(body) > most {
		body = body[:most]
	}
	return fmt.Sprintf("%q", bytes.ToValidUTF8(body, nil))
}
