package provider_test

import (
	"strings"
	"testing"
)

func TestOutlookRelease(t *testing.T) {
	s := unconfigured(t)
	for _, row := range []struct {
		version string
		want    object
	}{
		{"14.0.7172.5000", object{
			"known": true, "release": "Outlook 2010 SP2", "can_connect": false, "supported": false,
			"as_of": "2026-11-24",
		}},
		{"16.0.20326.20144", object{
			"release": "Version 2608", "channel": []any{"current", "semi_annual"}, "published": "2026-09-08",
			"can_connect": true, "supported": nil,
		}},
		{"16.0.20500", object{
			"known": false, "product": []any{}, "release": nil, "nearest": "2609 (16.0.20430)",
			"can_connect": true,
		}},
	} {
		t.Run(row.version, func(t *testing.T) {
			got, err := s.Call(t, "outlook_release", row.version)
			if err != nil {
				t.Fatal(err)
			}
			wantAttributes(t, row.want, got.(object))
		})
	}
}

func TestOutlookReleaseErrors(t *testing.T) {
	s := unconfigured(t)
	for _, row := range []struct {
		name    string
		version any
		want    string
	}{
		{"null", nil, "null"},
		{"empty", "", "three or four numbers"},
		{"a name", "Outlook 2010", `"Outlook 2010" is not a build`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := s.Call(t, "outlook_release", row.version)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("got %v, want %q", err, row.want)
			}
			if strings.HasSuffix(err.Error(), ".") {
				t.Errorf("%q ends with a period", err)
			}
		})
	}
}
