package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/eoptest"
)

func TestLives(t *testing.T) {
	h, err := read(eoptest.Archive(t), endpoints.USGovGCCHigh)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range h.lives {
		got = append(got, strings.Join(cidr.Strings(l.prefixes), " ")+": "+spanNames(l.spans))
	}
	want := []string{
		"13.72.179.197/32 13.72.183.70/32 52.227.170.14/32 52.227.170.120/32 52.227.178.94/32 52.227.180.138/32: " +
			"2018-06-30 to 2023-07-31",
		"23.103.191.0/24 23.103.199.128/25 23.103.208.0/22 52.227.182.149/32 52.238.74.212/32: since 2018-06-30",
		"2001:489a:2202:4::/62 2001:489a:2202:c::/62 2001:489a:2202:2000::/63: since 2018-06-30",
		"52.244.65.13/32: since 2023-07-31",
		"62.10.128.0/20: since 2025-04-30",
		"2001:489a:2202:8000::/50: since 2025-04-30",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The picture is well-formed, has few rows, and each row's bars lie inside it.
func TestPicture(t *testing.T) {
	embedded, err := archive.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*archive.Archive{"frozen": eoptest.Archive(t), "embedded": embedded} {
		t.Run(name, func(t *testing.T) {
			all, err := readAll(a)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range all {
				t.Run(string(h.instance), func(t *testing.T) {
					if n := len(rowsOf(h)); n > maxRows+5 {
						t.Errorf("%d rows", n)
					}
				})
			}
			text := picture(all, light)
			dec := xml.NewDecoder(strings.NewReader(text))
			for err == nil {
				_, err = dec.Token()
			}
			if !errors.Is(err, io.EOF) {
				t.Errorf("not well-formed: %v", err)
			}
			if strings.Contains(text, `width="-`) {
				t.Error("a bar runs backwards")
			}
		})
	}
}

// The page names every prefix of the picture.
func TestPage(t *testing.T) {
	all, err := readAll(eoptest.Archive(t))
	if err != nil {
		t.Fatal(err)
	}
	text := page(all)
	for _, h := range all {
		t.Run(string(h.instance), func(t *testing.T) {
			for _, l := range h.lives {
				for _, p := range l.prefixes {
					if !strings.Contains(text, "`"+p.String()+"`") {
						t.Errorf("the page lacks %s", p)
					}
				}
			}
		})
	}
}
