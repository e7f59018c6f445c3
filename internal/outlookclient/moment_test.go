package outlookclient

import (
	"strings"
	"testing"
	"time"
)

func TestMoment(t *testing.T) {
	for _, row := range []struct {
		name, date, clock, want string
	}{
		{"Exchange", "2026-11-24", "12:29:47.946Z", "2026-11-24T12:29:47.946Z"},
		{"IIS", "2026-11-24", "12:29:47", "2026-11-24T12:29:47Z"},
		{"seven digits of a second", "2026-11-24", "12:29:47.9468765Z", "2026-11-24T12:29:47.946Z"},
		{"one digit of a second", "2026-11-24", "12:29:47.9", "2026-11-24T12:29:47.9Z"},
		{"leap day", "2024-02-29", "00:00:00", "2024-02-29T00:00:00Z"},
		{"leap day of a century", "2000-02-29", "00:00:00", "2000-02-29T00:00:00Z"},
		{"day after", "2024-03-01", "00:00:00", "2024-03-01T00:00:00Z"},
		{"last of a year", "2026-12-31", "23:59:59", "2026-12-31T23:59:59Z"},
		{"first of a year", "2027-01-01", "00:00:00", "2027-01-01T00:00:00Z"},
		{"no leap day", "2026-02-29", "00:00:00", ""},
		{"no leap day of a century", "2100-02-29", "00:00:00", ""},
		{"31 of 30", "2026-04-31", "00:00:00", ""},
		{"month 13", "2026-13-01", "00:00:00", ""},
		{"hour 24", "2026-11-24", "24:00:00", ""},
		{"minute 60", "2026-11-24", "12:60:00", ""},
		{"letters", "2026-11-2x", "12:00:00", ""},
		{"letters in the clock", "2026-11-24", "1x:00:00", ""},
		{"letters in the fraction", "2026-11-24", "12:00:00.1x", ""},
		{"another zone", "2026-11-24", "12:00:00+01:00", ""},
		{"American", "11/24/2026", "12:00:00", ""},
		{"empty", "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := ""
			if ms, ok := moment([]byte(row.date), []byte(row.clock)); ok {
				got = timeOf(ms).Format(time.RFC3339Nano)
			}
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// FuzzMoment compares with the time package.
func FuzzMoment(f *testing.F) {
	f.Add("2026-11-24", "12:29:47.946")
	f.Add("2024-02-29", "00:00:00")
	f.Add("2026-02-30", "25:00:00")
	f.Fuzz(func(t *testing.T, date, clock string) {
		got, ok := moment([]byte(date), []byte(clock))
		if !ok || strings.Contains(clock, ":60") { // the time package has no leap seconds
			return
		}
		want, err := time.Parse("2006-01-02T15:04:05", strings.TrimSuffix(date+"T"+clock, "Z"))
		if err != nil && !strings.HasSuffix(strings.TrimSuffix(clock, "Z"), ".") {
			t.Fatalf("%q %q is %v, and time.Parse says %v", date, clock, timeOf(got), err)
		}
		if err == nil && want.UnixMilli() != got {
			t.Errorf("%q %q is %v, want %v", date, clock, timeOf(got), want)
		}
	})
}

func TestCompareBuilds(t *testing.T) {
	for _, row := range []struct {
		name, a, b string
		want       int
	}{
		{"numbers, not text", "16.0.9126.2152", "16.0.11001.20108", -1},
		{"fourth number", "16.0.17932.20742", "16.0.17932.20996", -1},
		{"equal", "16.0.17932.20742", "16.0.17932.20742", 0},
		{"equal with three numbers", "16.0.17932", "16.0.17932", 0},
		{"three numbers before four", "16.0.17932", "16.0.17932.0", -1},
		{"four numbers after three", "16.0.17932.0", "16.0.17932", 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := build(t, row.a).compare(build(t, row.b)); got != row.want {
				t.Errorf("got %d, want %d", got, row.want)
			}
		})
	}
}
