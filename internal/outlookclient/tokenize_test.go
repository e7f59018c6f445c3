package outlookclient

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRow(t *testing.T) {
	for _, test := range []struct {
		name, text string
		separator  byte
		want       []string
		open       bool
	}{
		{"plain", "a,b,c", ',', []string{"a", "b", "c"}, false},
		{"empty fields", ",,", ',', []string{"", "", ""}, false},
		{"one field", "a", ',', []string{"a"}, false},
		{"comma in quotes", `a,"b, c",d`, ',', []string{"a", "b, c", "d"}, false},
		{"doubled quotes", `"say ""hi"", he said",x`, ',', []string{`say "hi", he said`, "x"}, false},
		{"empty quotes", `"",x`, ',', []string{"", "x"}, false},
		{"quotes at the end", `a,"b"`, ',', []string{"a", "b"}, false},
		{"text after the quotes", `"a" b,c`, ',', []string{"a", "c"}, false},
		{"quote within a field", `a"b,c`, ',', []string{`a"b`, "c"}, false},
		{"open quote", `a,"b,c`, ',', []string{"a", "b,c"}, true},
		{"open quote after a doubled one", `a,"b""`, ',', []string{"a", `b""`}, true},
		{"a quote alone", `"`, ',', []string{""}, true},
		{"comma at the end", "a,", ',', []string{"a", ""}, false},
		{"blanks", "a b  c", ' ', []string{"a", "b", "c"}, false},
		{"blanks at both ends", "  a b ", ' ', []string{"a", "b"}, false},
		{"IIS has no quotes", `"a b" c`, ' ', []string{`"a`, `b"`, "c"}, false},
		{"commas between blanks", "a,b c", ' ', []string{"a,b", "c"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := row{rest: []byte(test.text), separator: test.separator}
			var got []string
			for field, ok := r.next(); ok; field, ok = r.next() {
				got = append(got, string(field))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if r.open != test.open {
				t.Errorf("open is %v", r.open)
			}
		})
	}
}

func FuzzRow(f *testing.F) {
	for _, seed := range []string{"a,b,c", `a,"b, c",d`, `"a""b",`, `"`, `,"",""`, "a b  c", "  a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, separator := range []byte{',', ' '} {
			r := row{rest: []byte(text), separator: separator}
			n := 0
			for field, ok := r.next(); ok; field, ok = r.next() {
				n++
				if n > len(text)+1 {
					t.Fatalf("%q has more fields than characters", text)
				}
				if separator == ' ' && strings.Contains(string(field), " ") {
					t.Fatalf("%q: the field %q holds a blank", text, field)
				}
			}
		}
	})
}

// A line of fields written as Exchange writes them is read as those fields.
func FuzzRowRoundTrip(f *testing.F) {
	f.Add("a", "b, c", `say "hi"`)
	f.Add("", `"`, `""`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		want := []string{a, b, c}
		var text []string
		for _, field := range want {
			text = append(text, `"`+strings.ReplaceAll(field, `"`, `""`)+`"`)
		}
		r := row{rest: []byte(strings.Join(text, ",")), separator: ','}
		var got []string
		for field, ok := r.next(); ok; field, ok = r.next() {
			got = append(got, string(field))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
