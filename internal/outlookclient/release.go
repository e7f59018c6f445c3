package outlookclient

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Judgement is an answer with its reason. Holds is nil where it cannot be told.
type Judgement struct {
	Holds  *bool
	Reason string
}

func judged(holds bool, format string, args ...any) Judgement {
	return Judgement{Holds: &holds, Reason: fmt.Sprintf(format, args...)}
}

func undecided(format string, args ...any) Judgement {
	return Judgement{Reason: fmt.Sprintf(format, args...)}
}

// Is reports whether the judgement is known and equals the value.
func (j Judgement) Is(value bool) bool { return j.Holds != nil && *j.Holds == value }

// Release is what is known of a build of Outlook.
type Release struct {
	// Version is the build as three or four numbers, empty where a log cannot show it.
	Version string
	// Known is false for a number that the table does not have.
	Known bool
	// Products that have this build: more than one where the build does not tell
	// the licence, none where the build is not known.
	Products []string
	// Name of the release, such as "Outlook 2010 SP2" or "Version 2408"; empty if not known.
	Name string
	// Channels that had the build or, where the table lacks the exact build, its
	// version: current, current_preview, monthly, semi_annual, semi_annual_preview, volume.
	Channels []string
	// Published is the day of the exact build as YYYY-MM-DD, or empty.
	Published string
	// Nearest is the closest version in the table; empty for known builds.
	Nearest string
	// CanConnect tells whether Exchange Online accepts the build: the technical
	// minimum since 2021-11-01.
	CanConnect Judgement
	// Supported tells whether Microsoft supports connecting with it on the given day.
	Supported Judgement
	// EWSFree tells whether it works fully where EWS is off in the tenant.
	EWSFree Judgement
}

const (
	macProduct    = "Outlook for Mac"
	mobileProduct = "Outlook for iOS and Android"
)

// Judge tells what is known of a build on a day; only the date of asOf counts.
func Judge(b Build, asOf time.Time) Release {
	if b.numbers[0] == 16 && b.numbers[1] > 0 { // Windows has 16.0 only
		return judgeMac(b)
	}
	r := table()
	s := r.seriesOf(b)
	v := r.versionOf(b)
	out := Release{Version: b.String(), EWSFree: r.judgeEWS(b)}
	switch {
	case s == nil:
		out.Nearest = r.nearest(b)
		out.CanConnect = r.judgeWithoutSeries(b)
		if out.CanConnect.Holds == nil {
			out.EWSFree = undecided("The build is not known.")
		}
		out.Supported = undecided("The build %s is not known, so its product is not known.", b)
		return out
	case v == nil && s.listed:
		out.Nearest = r.nearest(b)
		out.CanConnect = r.judgeConnect(b, s)
		out.Supported = undecided("The build %s is not in the table of %s, so its version is not known.",
			b, r.checked.Format(time.DateOnly))
		return out
	}
	out.Known = true
	products := r.candidates(b, s)
	for _, p := range products {
		out.Products = append(out.Products, p.name)
	}
	out.Name = r.nameOf(b, s, v)
	if v != nil {
		out.Channels = v.channels
	}
	if e, ok := r.exact[b]; ok {
		out.Channels, out.Published = e.channels, e.date
	}
	out.CanConnect = r.judgeConnect(b, s)
	out.Supported = judgeSupport(products, v, asOf)
	return out
}

// candidates are the products of the series that existed when the build came out.
func (r *releases) candidates(b Build, s *series) []product {
	var out []product
	for _, key := range s.products {
		if p := r.products[key]; p.first.compare(b.short()) <= 0 {
			out = append(out, p)
		}
	}
	return out
}

func (r *releases) nameOf(b Build, s *series, v *version) string {
	switch {
	case v != nil:
		return "Version " + v.name
	case len(s.products) > 1:
		return ""
	}
	return strings.TrimSpace(r.products[s.products[0]].name + " " + r.packOf(b))
}

func (r *releases) judgeConnect(b Build, s *series) Judgement {
	if s.minimum == (Build{}) {
		return judged(false, "No build of %s can connect to Exchange Online.", r.products[s.products[0]].name)
	}
	below, known := b.below(s.minimum)
	switch {
	case !known:
		return undecided("The minimum is %s; the fourth number of the build decides and is not known.", s.minimum)
	case below:
		return judged(false, "The build is below %s, the minimum of Exchange Online since 2021-11-01.", s.minimum)
	}
	return judged(true, "The build is not below %s, the minimum of Exchange Online since 2021-11-01.", s.minimum)
}

// judgeWithoutSeries is sure only of builds below the first minimum of their major
// version or, before Outlook had minimums, below the first of all.
func (r *releases) judgeWithoutSeries(b Build) Judgement {
	first := map[uint32]Build{}
	oldest := uint32(math.MaxUint32)
	for _, s := range r.series {
		major := s.minimum.numbers[0]
		if _, ok := first[major]; !ok && s.minimum != (Build{}) { // minimums ascend
			first[major] = s.minimum
			oldest = min(oldest, major)
		}
	}
	minimum := first[max(b.numbers[0], oldest)]
	if below, _ := b.below(minimum); below {
		return judged(false, "The build is below %s, the lowest minimum of Exchange Online.", minimum)
	}
	return undecided("The build is not known, and neither is its minimum.")
}

func (r *releases) judgeEWS(b Build) Judgement {
	below, known := b.below(r.ews)
	switch {
	case !known:
		return undecided("Microsoft advises %s or later where EWS is off; the fourth number of the build decides "+
			"and is not known.", r.ews)
	case below:
		return judged(false, "Microsoft advises %s or later where EWS is off. Older builds connect, but parts that "+
			"use EWS, such as Room Finder, can fail.", r.ews)
	}
	return judged(true, "The build is not below %s, which Microsoft advises where EWS is off.", r.ews)
}

func judgeSupport(products []product, v *version, asOf time.Time) Judgement {
	if len(products) > 1 {
		names := make([]string, len(products))
		for i, p := range products {
			names[i] = p.name
		}
		return undecided("The build does not tell the licence: it is one of %s.%s",
			strings.Join(names, ", "), supportAsApps(v, asOf))
	}
	p := products[0]
	if p.end == "past" {
		return judged(false, "Microsoft no longer supports connecting with %s.", p.name)
	}
	return datedSupport(p.name, p.end, asOf)
}

func datedSupport(name, end string, asOf time.Time) Judgement {
	day := asOf.Format(time.DateOnly)
	if day > end {
		return judged(false, "Connecting with %s is not supported since %s, its last day (as of %s).", name, end, day)
	}
	return judged(true, "Connecting with %s is supported until %s (as of %s).", name, end, day)
}

// supportAsApps adds what the table knows of the version as Microsoft 365 Apps.
func supportAsApps(v *version, asOf time.Time) string {
	if v == nil {
		return ""
	}
	day := asOf.Format(time.DateOnly)
	var parts []string
	for _, e := range v.ends {
		word := "ends"
		if day > e.end {
			word = "ended"
		}
		parts = append(parts, fmt.Sprintf("%s in the channel %s on %s", word, e.channel, e.end))
	}
	if len(parts) == 0 {
		return fmt.Sprintf(" The table has no end of support for version %s of Microsoft 365 Apps.", v.name)
	}
	return fmt.Sprintf(" As Microsoft 365 Apps, support of version %s %s.", v.name, strings.Join(parts, ", "))
}

func judgeMac(b Build) Release {
	out := unjudged(macProduct, "Microsoft publishes no minimum build of Outlook for Mac that the table has.")
	out.Version, out.Known = b.String(), true
	out.Name = fmt.Sprintf("%s %d.%d", macProduct, b.numbers[0], b.numbers[1])
	out.EWSFree = undecided(
		"The build does not tell new Outlook for Mac, which works without EWS, from classic Outlook for " +
			"Mac, which needs the Office application in the tenant's EWSAllowedAppIDs.",
	)
	return out
}

func judgeMobile() Release {
	out := unjudged(mobileProduct, "The logs do not carry the version of the app.")
	out.Known, out.Name = true, mobileProduct
	out.EWSFree = undecided("The logs do not carry the version of the app.")
	return out
}

func unjudged(product, reason string) Release {
	return Release{
		Products:   []string{product},
		CanConnect: undecided("%s", reason),
		Supported:  undecided("The logs do not tell the licence."),
	}
}
