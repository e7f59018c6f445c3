package endpoints

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// Version names one list of an instance. The service writes YYYYMMDDNN: the UTC
// date of publication and a counter from 00 for further versions of that day.
// Lists kept without their number, and those from before the service (June
// 2018), are named by a date, YYYY-MM-DD.
type Version struct {
	date    int // YYYYMMDD
	counter int // -1 where only the date is known
}

const noCounter = -1

// serviceStart is the date of the first list of the web service.
const serviceStart = 20180630

// ParseVersion reads either form. Only real calendar dates are accepted.
func ParseVersion(s string) (Version, error) {
	var layout, datePart string
	v := Version{counter: noCounter}
	switch len(s) {
	case 10:
		if s[4] == '-' {
			layout, datePart = time.DateOnly, s
			break
		}
		n, err := strconv.ParseUint(s[8:], 10, 8)
		if err != nil {
			return Version{}, malformed(s)
		}
		layout, datePart, v.counter = "20060102", s[:8], int(n)
	default:
		return Version{}, malformed(s)
	}
	t, err := time.Parse(layout, datePart)
	if err != nil {
		return Version{}, malformed(s)
	}
	v.date = t.Year()*10000 + int(t.Month())*100 + t.Day()
	return v, nil
}

func malformed(s string) error {
	return fmt.Errorf("%q is not a list version: ten digits as the service writes them (YYYYMMDDNN, a date and a counter "+
		"from 00, such as 2026081400), or YYYY-MM-DD for a list kept by date", s)
}

// MustParseVersion is for versions written in code.
func MustParseVersion(s string) Version {
	v, err := ParseVersion(s)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero reports whether no version is named.
func (v Version) IsZero() bool { return v == Version{} }

func (v Version) String() string {
	switch {
	case v.IsZero():
		return ""
	case v.counter == noCounter:
		return v.Published()
	}
	return fmt.Sprintf("%08d%02d", v.date, v.counter)
}

// Published is the date of publication, YYYY-MM-DD, UTC. For a list captured
// without its number it is the day of the capture, and the list was published
// on that day or before.
func (v Version) Published() string {
	if v.IsZero() {
		return ""
	}
	return v.Day().Format(time.DateOnly)
}

// Day is [Version.Published] as a time, midnight UTC.
func (v Version) Day() time.Time {
	return time.Date(v.date/10000, time.Month(v.date/100%100), v.date%100, 0, 0, 0, 0, time.UTC)
}

// Compare orders by date of publication, then counter; a list without a number
// comes before the numbered ones of its day.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.date, w.date), cmp.Compare(v.counter, w.counter))
}

// Kind is how much of a list is known under a version.
type Kind string

// The kinds. SMTPOnly lists hold the SMTP addresses and nothing else.
const (
	Full     Kind = "full"
	Capture  Kind = "capture"
	SMTPOnly Kind = "smtp_only"
)

// Kind follows from the version's form: the service numbers its lists, and
// before it existed only the SMTP addresses were kept.
func (v Version) Kind() Kind {
	switch {
	case v.counter != noCounter:
		return Full
	case v.date >= serviceStart:
		return Capture
	}
	return SMTPOnly
}
