package outlookclient

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed releases.tsv
var releasesText string

// releases is the content of releases.tsv.
type releases struct {
	checked  time.Time
	products map[string]product
	series   []series
	packs    []pack // ascending
	versions []version
	exact    map[Build]exactBuild
	ews      Build
}

type product struct {
	name  string
	first Build
	end   string // a date, "past", "table" or empty
}

type series struct {
	from, to      Build // without fourth number
	lowRev, hiRev uint32
	products      []string
	minimum       Build // zero: none can connect
	listed        bool  // a build is known only if its version is
}

type pack struct {
	from Build
	name string
}

type version struct {
	build    Build
	name     string
	channels []string
	ends     []channelEnd
}

type channelEnd struct{ channel, end string }

type exactBuild struct {
	channels []string
	date     string
}

// table is the embedded table; a test proves that the embedded text can be read.
var table = sync.OnceValue(func() *releases {
	r, err := parseReleases(releasesText)
	if err != nil {
		panic(err)
	}
	return r
})

// CheckedOn is the day the release table was last compared with its sources.
// Decisions on support are for that day unless another is given.
func CheckedOn() time.Time { return table().checked }

// parseReleases reads the table; its comments say what a row has.
func parseReleases(text string) (*releases, error) {
	r := &releases{products: map[string]product{}, exact: map[Build]exactBuild{}}
	sources := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		row := strings.Split(line, "\t")
		if err := r.add(row, sources); err != nil {
			return nil, fmt.Errorf("releases.tsv, line %d: %w", i+1, err)
		}
	}
	return r, nil
}

var rowLength = map[string]int{
	"checked": 2, "source": 3, "product": 6, "series": 8, "ews": 3, "pack": 4, "version": 6, "build": 5,
}

func (r *releases) add(row []string, sources map[string]bool) (err error) {
	kind := row[0]
	if rowLength[kind] != len(row) {
		return fmt.Errorf("a row of kind %q has %d columns, not %d", kind, rowLength[kind], len(row))
	}
	for i, field := range row {
		if field == "-" {
			row[i] = ""
		}
	}
	build := func(text string) (b Build) {
		if text != "" && err == nil {
			b, err = ParseBuild(text)
		}
		return b
	}
	if kind != "checked" && kind != "source" && !sources[row[len(row)-1]] {
		return fmt.Errorf("the source %q is not named", row[len(row)-1])
	}
	switch kind {
	case "checked":
		r.checked, err = time.Parse(time.DateOnly, row[1])
	case "source":
		sources[row[1]] = true
	case "product":
		r.products[row[1]] = product{name: row[2], first: build(row[3]), end: row[4]}
	case "series":
		s := series{from: build(row[1]), to: build(row[2]), hiRev: maxNumber, minimum: build(row[5]), listed: row[6] != ""}
		s.products = list(row[4])
		for _, key := range s.products {
			if _, ok := r.products[key]; !ok {
				return fmt.Errorf("the product %q is not named", key)
			}
		}
		if low, high, ok := strings.Cut(row[3], "-"); ok {
			s.lowRev, s.hiRev = number(low), number(high)
		}
		r.series = append(r.series, s)
	case "ews":
		r.ews = build(row[1])
	case "pack":
		r.packs = append(r.packs, pack{build(row[1]), row[2]})
	case "version":
		v := version{build: build(row[1]), name: row[2], channels: list(row[3])}
		for _, end := range list(row[4]) {
			channel, date, _ := strings.Cut(end, "=")
			v.ends = append(v.ends, channelEnd{channel, date})
		}
		r.versions = append(r.versions, v)
	case "build":
		r.exact[build(row[1])] = exactBuild{list(row[2]), row[3]}
	}
	return err
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func number(text string) uint32 {
	n, _ := strconv.ParseUint(text, 10, 32)
	return uint32(n)
}

// seriesOf finds the series of a build; nil where none fits.
func (r *releases) seriesOf(b Build) *series {
	for i := range r.series {
		s := &r.series[i]
		short := b.short()
		inside := short.compare(s.from) >= 0 && short.compare(s.to) <= 0
		if inside && (!b.Exact || b.numbers[3] >= s.lowRev && b.numbers[3] <= s.hiRev) {
			return s
		}
	}
	return nil
}

// versionOf finds the version that the third number stands for; nil where it is
// not in the table.
func (r *releases) versionOf(b Build) *version {
	i, found := slices.BinarySearchFunc(r.versions, b.short(), func(v version, b Build) int { return v.build.compare(b) })
	if !found {
		return nil
	}
	return &r.versions[i]
}

// packOf is the service pack of a build of a perpetual Outlook, or empty.
func (r *releases) packOf(b Build) string {
	name := ""
	for _, p := range r.packs {
		if p.from.numbers[0] == b.numbers[0] && p.from.compare(b.short()) <= 0 {
			name = p.name
		}
	}
	return name
}

// nearest is the known version with the closest number, the older of two that
// are equally close: "2609 (16.0.20430)".
func (r *releases) nearest(b Build) string {
	i, _ := slices.BinarySearchFunc(r.versions, b.short(), func(v version, b Build) int { return v.build.compare(b) })
	switch {
	case i == 0:
		return r.nearestPack(b)
	case i == len(r.versions):
		i--
	case r.versions[i].build.numbers[2]-b.numbers[2] >= b.numbers[2]-r.versions[i-1].build.numbers[2]:
		i--
	}
	return fmt.Sprintf("%s (%s)", r.versions[i].name, r.versions[i].build)
}

// nearestPack is for numbers before those of the versions.
func (r *releases) nearestPack(b Build) string {
	first := r.versions[0]
	near := r.packs[0]
	for _, p := range r.packs {
		if p.from.compare(b.short()) <= 0 {
			near = p
		}
	}
	if first.build.numbers[0] == b.numbers[0] && first.build.numbers[1] == b.numbers[1] {
		return fmt.Sprintf("%s (%s)", first.name, first.build)
	}
	s := r.seriesOf(near.from)
	return fmt.Sprintf("%s %s (%s)", r.products[s.products[0]].name, near.name, near.from)
}
