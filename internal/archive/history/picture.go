package main

import (
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// theme is the colors of a picture.
type theme struct{ text, faint, line, ipv4, ipv6, change string }

var (
	light = theme{"#1f2328", "#59636e", "#d1d9e0", "#0969da", "#8250df", "#bc4c00"}
	dark  = theme{"#f0f6fc", "#9198a1", "#3d444d", "#4493f8", "#ab7df8", "#f0883e"}
)

// The picture is narrow, so that its text stays readable on a phone.
const (
	width     = 560
	labels    = 216 // of the prefixes' names
	right     = width - 8
	rowHeight = 15
	firstYear = 2013
)

// canvas collects the elements of a picture.
type canvas struct {
	b     strings.Builder
	theme theme
	from  time.Time
	to    time.Time
}

func (c *canvas) x(t time.Time) float64 {
	return labels + (right-labels)*t.Sub(c.from).Hours()/c.to.Sub(c.from).Hours()
}

func (c *canvas) text(x, y float64, color, attributes, s string) {
	fmt.Fprintf(&c.b, `<text x="%.1f" y="%.1f" fill="%s"%s>%s</text>`+"\n", x, y, color, attributes, escape(s))
}

func (c *canvas) line(x1, y1, x2, y2 float64, color, attributes string) {
	fmt.Fprintf(
		&c.b,
		`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n",
		x1,
		y1,
		x2,
		y2,
		color,
		attributes,
	)
}

func (c *canvas) bar(x1, x2, y float64, color, title string) {
	fmt.Fprintf(&c.b, `<rect x="%.1f" y="%.1f" width="%.1f" height="9" rx="2" fill="%s"><title>%s</title></rect>`+"\n",
		x1, y, max(x2-x1, 1.5), color, escape(title))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a builder takes everything
	return b.String()
}

// picture draws a bar for the time in which prefixes were allowed, cloud by cloud.
func picture(all []history, t theme) string {
	newest := all[0].newest.Day()
	for _, h := range all {
		if day := h.newest.Day(); day.After(newest) {
			newest = day
		}
	}
	c := &canvas{theme: t, from: time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC), to: newest.AddDate(0, 3, 0)}
	y := 24.0
	for _, h := range all {
		y = c.cloud(h, y, newest) + 26
	}
	height := y + 2
	c.legend(height - 6)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %.0f" width="%d" height="%.0f" `+
		`font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="11" `+
		`role="img" aria-labelledby="title">
<title id="title">The SMTP prefixes of Exchange Online Protection in each cloud, and when they were on the list</title>
%s</svg>
`, width, height, width, height, c.b.String())
}

func (c *canvas) cloud(h history, top float64, newest time.Time) (bottom float64) {
	c.text(0, top, c.theme.text, ` font-weight="bold" font-size="13"`, string(h.instance))
	c.text(right, top, c.theme.faint, ` text-anchor="end"`, "last change "+h.changes[len(h.changes)-1].Published())
	body := top + 10
	rows := rowsOf(h)
	bottom = body + float64(len(rows)*rowHeight) + 4
	for year := firstYear; year <= c.to.Year(); year++ {
		x := c.x(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
		c.line(x, body, x, bottom, c.theme.line, "")
		if (year-firstYear)%3 == 0 {
			c.text(x, bottom+12, c.theme.faint, ` text-anchor="middle" font-size="10"`, fmt.Sprint(year))
		}
	}
	for _, v := range h.changes {
		c.line(c.x(v.Day()), body, c.x(v.Day()), bottom, c.theme.change, ` stroke-dasharray="2 2"`)
	}
	for i, row := range rows {
		y := body + float64(i*rowHeight) + 4
		c.text(labels-6, y+9, c.theme.text, ` text-anchor="end"`, label(row))
		for _, l := range row {
			c.life(l, y, len(row) > 1, newest)
		}
	}
	return bottom + 12
}

// life draws the bars of a life, faint where lives overlap in one row.
func (c *canvas) life(l life, y float64, faint bool, newest time.Time) {
	color := c.theme.ipv4
	if l.prefixes[0].Addr().Is6() {
		color = c.theme.ipv6
	}
	if faint {
		color += `" fill-opacity="0.45`
	}
	for _, s := range l.spans {
		end := newest
		if !s.to.IsZero() {
			end = s.to.Day()
		}
		c.bar(c.x(s.from.Day()), c.x(end), y, color, label([]life{l})+": "+when(s))
	}
}

// maxRows is where a cloud's rows are drawn together.
const maxRows = 20

// rowsOf are the lives that share a row of the picture: each by itself or, where that
// makes too many, those of one family that ended together.
func rowsOf(h history) [][]life {
	var out [][]life
	for _, l := range h.lives {
		i := -1
		if end := l.spans[len(l.spans)-1].to; len(h.lives) > maxRows && !end.IsZero() {
			i = slices.IndexFunc(out, func(row []life) bool {
				first := row[0]
				return first.spans[len(first.spans)-1].to == end && first.prefixes[0].Addr().Is4() == l.prefixes[0].Addr().Is4()
			})
		}
		if i < 0 {
			out = append(out, []life{l})
			continue
		}
		out[i] = append(out[i], l)
	}
	return out
}

func (c *canvas) legend(y float64) {
	c.bar(0, 14, y-8, c.theme.ipv4, "IPv4")
	c.text(20, y, c.theme.faint, "", "IPv4")
	c.bar(64, 78, y-8, c.theme.ipv6, "IPv6")
	c.text(84, y, c.theme.faint, "", "IPv6")
	c.line(128, y-9, 128, y+2, c.theme.change, ` stroke-dasharray="2 2"`)
	c.text(134, y, c.theme.faint, "", "a change")
	c.text(210, y, c.theme.faint, "", "faint: came at different times, went together")
}

// label names the first prefix of a row, and how many more there are.
func label(row []life) string {
	text, more := row[0].prefixes[0].String(), -1
	for _, l := range row {
		more += len(l.prefixes)
	}
	if more > 0 {
		text += fmt.Sprintf(" +%d", more)
	}
	return text
}

func when(s span) string {
	if s.to.IsZero() {
		return "since " + s.from.Published()
	}
	return s.from.Published() + " to " + s.to.Published()
}

// page says the same in text.
func page(all []history) string {
	var b strings.Builder
	b.WriteString(`# What the SMTP lists allowed, and when

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="history.dark.svg">
  <img src="history.svg" alt="Bars for each SMTP prefix of each cloud; the tables below say the same." width="560">
</picture>

Every SMTP prefix in the provider's archive, with the publication dates between which it was on the list of its cloud.
Dates before July 2018, and of lists kept without their version number, are the days of publication or of the copy, and
a prefix may have come or gone some days earlier. Prefixes that came and went together share a row: in the picture it
has the name of the first, and "+14" means that 14 more belong to it.

`)
	for _, h := range all {
		fmt.Fprintf(
			&b,
			"## %s\n\n%s, newest list %s, last change of the addresses %s.\n\n| prefixes | on the list |\n|---|---|\n",
			h.instance,
			counted(len(h.changes)-1, "change"),
			h.newest,
			h.changes[len(h.changes)-1].Published(),
		)
		for _, l := range h.lives {
			fmt.Fprintf(&b, "| %s | %s |\n", prefixNames(l), spanNames(l.spans))
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func prefixNames(l life) string {
	out := make([]string, len(l.prefixes))
	for i, p := range l.prefixes {
		out[i] = "`" + p.String() + "`"
	}
	return strings.Join(out, ", ")
}

func spanNames(spans []span) string {
	out := make([]string, len(spans))
	for i, s := range spans {
		out[i] = when(s)
	}
	return strings.Join(out, "; ")
}
