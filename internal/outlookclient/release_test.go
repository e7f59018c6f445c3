package outlookclient

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseBuild(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"four numbers", "16.0.17932.20742", "16.0.17932.20742"},
		{"three numbers", "16.0.5254", "16.0.5254"},
		{"leading zeros", "014.00.07172.05000", "14.0.7172.5000"},
		{"a date in it", "16.53.21091200", "16.53.21091200"},
		{"two numbers", "16.0", "error"},
		{"five numbers", "16.0.1.2.3", "error"},
		{"empty", "", "error"},
		{"empty number", "16..5254", "error"},
		{"dot at the end", "16.0.5254.", "error"},
		{"dot at the start", ".16.0.5254", "error"},
		{"a minus", "16.0.-1", "error"},
		{"ten digits", "16.0.1234567890", "error"},
		{"blank", "16.0.5254 ", "error"},
		{"letters", "f.53.0", "error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := "error"
			if b, err := ParseBuild(row.in); err == nil {
				got = b.String()
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// say writes a judgement as yes, no or open.
func say(j Judgement) string {
	switch {
	case j.Is(true):
		return "yes"
	case j.Is(false):
		return "no"
	}
	return "open"
}

func build(t *testing.T, text string) Build {
	t.Helper()
	b, err := ParseBuild(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJudge(t *testing.T) {
	const apps, r16, r19, r21, r24 = "Microsoft 365 Apps", "Office 2016 retail", "Office 2019 retail",
		"Office 2021 retail", "Office 2024 retail"
	for _, row := range []struct {
		name, build, release, products, connect, supported, ews string
	}{
		{"2003", "11.0.8173.0", "Outlook 2003 RTM", "Outlook 2003", "no", "no", "no"},
		{"2007 SP3", "12.0.6607.1000", "Outlook 2007 SP3", "Outlook 2007", "no", "no", "no"},
		{"2010 SP1", "14.0.6109.5005", "Outlook 2010 SP1", "Outlook 2010", "no", "no", "no"},
		{"2010 SP2", "14.0.7172.5000", "Outlook 2010 SP2", "Outlook 2010", "no", "no", "no"},
		{"2010 from an agent", "14.0.7155", "Outlook 2010 SP2", "Outlook 2010", "no", "no", "no"},
		{"2013 below the minimum", "15.0.4963.1002", "Outlook 2013 SP1", "Outlook 2013", "no", "no", "no"},
		{"2013, a revision below", "15.0.4971.999", "Outlook 2013 SP1", "Outlook 2013", "no", "no", "no"},
		{"2013 at the minimum", "15.0.4971.1000", "Outlook 2013 SP1", "Outlook 2013", "yes", "no", "no"},
		{"2013 at the minimum, three numbers", "15.0.4971", "Outlook 2013 SP1", "Outlook 2013", "yes", "no", "no"},
		{"2016 RTM", "16.0.4266.1001", "Outlook 2016 (MSI)", "Outlook 2016 (MSI)", "no", "no", "no"},
		{"2016 a build below", "16.0.4599.1000", "Outlook 2016 (MSI)", "Outlook 2016 (MSI)", "no", "no", "no"},
		{"2016 at the minimum", "16.0.4600.1000", "Outlook 2016 (MSI)", "Outlook 2016 (MSI)", "yes", "no", "no"},
		{"2016 from an agent", "16.0.5254", "Outlook 2016 (MSI)", "Outlook 2016 (MSI)", "yes", "no", "no"},
		{"first of 2016, MSI or not", "16.0.4229.1024", "", "Outlook 2016 (MSI)," + apps + "," + r16, "no", "open", "no"},
		{"2016 with a revision that MSI never had", "16.0.5254.20000", "", "", "open", "open", "open"},
		{"before 2016", "16.0.3629.1000", "", "", "no", "open", "no"},
		{"click-to-run below the minimum", "16.0.8201.2102", "Version 1705", apps + "," + r16, "no", "open", "no"},
		{"click-to-run at the minimum", "16.0.8229", "Version 1706", apps + "," + r16, "yes", "open", "no"},
		{"numbers, not text", "16.0.10730.20102", "Version 1808", apps + "," + r16 + "," + r19, "yes", "open", "no"},
		{"2019 volume", "16.0.10417.20208", "Version 1808", "Office 2019 volume", "yes", "no", "no"},
		{"2019 volume, a build between", "16.0.10399.20000", "Office 2019 volume", "Office 2019 volume", "yes", "no", "no"},
		{"after 2019 volume", "16.0.10418.20000", "", "", "yes", "open", "no"},
		{
			"2108 that is not LTSC", "16.0.14326.20404", "Version 2108", apps + "," + r16 + "," + r19 + "," + r21, "yes",
			"open", "no",
		},
		{"LTSC 2021", "16.0.14332.20685", "Version 2108", "Office LTSC 2021", "yes", "no", "no"},
		{"LTSC 2021, new number", "16.0.14334.20914", "Version 2108", "Office LTSC 2021", "yes", "no", "no"},
		{"LTSC 2024", "16.0.17932.20996", "Version 2408", "Office LTSC 2024", "yes", "yes", "no"},
		{
			"2608", "16.0.20326.20142", "Version 2608", apps + "," + r16 + "," + r19 + "," + r21 + "," + r24, "yes", "open",
			"no",
		},
		{
			"2609 preview", "16.0.20430.20048", "Version 2609", apps + "," + r16 + "," + r19 + "," + r21 + "," + r24, "yes",
			"open", "no",
		},
		{
			"2609", "16.0.20430.20092", "Version 2609", apps + "," + r16 + "," + r19 + "," + r21 + "," + r24, "yes", "open",
			"yes",
		},
		{
			"2609 from an agent", "16.0.20430", "Version 2609", apps + "," + r16 + "," + r19 + "," + r21 + "," + r24, "yes",
			"open", "open",
		},
		{"newer than the table", "16.0.20512.20000", "", "", "yes", "open", "yes"},
		{"Mac", "16.53.21091200", "Outlook for Mac 16.53", "Outlook for Mac", "open", "open", "open"},
		{"Exchange Online's own", "15.20.9000.10", "", "", "open", "open", "open"},
		{"a next major version", "17.0.1000.1000", "", "", "open", "open", "open"},
		{"98", "8.5.5104", "", "", "no", "open", "no"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := Judge(build(t, row.build), CheckedOn())
			want := []string{row.build, row.release, row.products, row.connect, row.supported, row.ews}
			have := []string{
				got.Version, got.Name, strings.Join(got.Products, ","), say(got.CanConnect), say(got.Supported), say(got.EWSFree),
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Error(diff)
			}
			if got.Known != (row.products != "") {
				t.Errorf("known is %v", got.Known)
			}
			if got.Known != (got.Nearest == "") {
				t.Errorf("known is %v and the nearest %q", got.Known, got.Nearest)
			}
			for _, j := range []Judgement{got.CanConnect, got.Supported, got.EWSFree} {
				if !strings.HasSuffix(j.Reason, ".") {
					t.Errorf("the reason %q is no sentence", j.Reason)
				}
			}
		})
	}
}

func TestSupportDependsOnTheDay(t *testing.T) {
	for _, row := range []struct{ name, build, day, want string }{
		{"LTSC 2021 on its last day", "16.0.14332.20685", "2026-10-13", "yes"},
		{"LTSC 2021 a day later", "16.0.14332.20685", "2026-10-14", "no"},
		{"LTSC 2024 on its last day", "16.0.17932", "2029-10-09", "yes"},
		{"LTSC 2024 on the Saturday of another page", "16.0.17932", "2029-10-13", "no"},
		{"2016 on its last day", "16.0.5254.1000", "2023-10-10", "yes"},
		{"2016 a day later", "16.0.5254.1000", "2023-10-11", "no"},
		{"shared builds on any day", "16.0.19127.20100", "2026-11-24", "open"},
	} {
		t.Run(row.name, func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, row.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := say(Judge(build(t, row.build), day).Supported); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestSupportOfSharedBuildsNamesTheEnd(t *testing.T) {
	b := build(t, "16.0.20326.20142")
	for _, row := range []struct{ name, day, want string }{
		{
			"before both", "2026-11-24",
			"ends in the channel monthly on 2026-12-08, ends in the channel semi_annual on 2027-03-09.",
		},
		{
			"between", "2027-01-01",
			"ended in the channel monthly on 2026-12-08, ends in the channel semi_annual on 2027-03-09.",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			day, err := time.Parse(time.DateOnly, row.day)
			if err != nil {
				t.Fatal(err)
			}
			if got := Judge(b, day).Supported.Reason; !strings.HasSuffix(got, row.want) {
				t.Errorf("%q does not end in %q", got, row.want)
			}
		})
	}
}

func TestChannelsAndDays(t *testing.T) {
	for _, row := range []struct{ name, build, channels, day string }{
		{"exact build", "16.0.20326.20144", "current,semi_annual", "2026-09-08"},
		{"exact build of one channel", "16.0.20326.20142", "monthly", "2026-09-08"},
		{"third number only", "16.0.20326", "current,monthly,semi_annual", ""},
		{"exact build that is not in the table", "16.0.20326.20999", "current,monthly,semi_annual", ""},
		{"no channel", "14.0.7172.5000", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := Judge(build(t, row.build), CheckedOn())
			have := []string{strings.Join(got.Channels, ","), got.Published}
			if diff := cmp.Diff([]string{row.channels, row.day}, have); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	for _, row := range []struct{ name, build, want string }{
		{"newer than all", "16.0.99999", "2609 (16.0.20430)"},
		{"nearer to the lower", "16.0.20340", "2608 (16.0.20326)"},
		{"nearer to the upper", "16.0.20420", "2609 (16.0.20430)"},
		{"in the middle", "16.0.20378", "2608 (16.0.20326)"},
		{"older than all versions", "16.0.6366", "1602 (16.0.6741)"},
		{"next major version", "17.0.1", "2609 (16.0.20430)"},
		{"between two products", "13.0.1", "Outlook 2007 SP3 (12.0.6606)"},
		{"older than all", "10.0.2627", "Outlook 2003 RTM (11.0.5608)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, Judge(build(t, row.build), CheckedOn()).Nearest); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTableIsInOrder(t *testing.T) {
	r := table()
	for i := 1; i < len(r.versions); i++ {
		if r.versions[i-1].build.compare(r.versions[i].build) >= 0 {
			t.Errorf("%s comes before %s", r.versions[i-1].build, r.versions[i].build)
		}
	}
	for i := 1; i < len(r.packs); i++ {
		if r.packs[i-1].from.compare(r.packs[i].from) >= 0 {
			t.Errorf("%s comes before %s", r.packs[i-1].from, r.packs[i].from)
		}
	}
	for b := range r.exact {
		if r.versionOf(b) == nil {
			t.Errorf("the build %s has no version", b)
		}
	}
	if got := CheckedOn().Format(time.DateOnly); got < "2026-11-24" {
		t.Errorf("checked on %s", got)
	}
}

func TestTableRefusesBadRows(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"kind", "what\tx", `line 1: a row of kind "what" has 0 columns, not 2`},
		{"columns", "checked", `line 1: a row of kind "checked" has 2 columns, not 1`},
		{"date", "checked\tnow", "line 1: parsing time"},
		{"source", "ews\t16.0.1\tx", `the source "x" is not named`},
		{"build", "source\tx\ty\news\t16\tx", "line 2: \"16\" is not a build"},
		{"product", "source\tx\ty\nseries\t1.0.0\t2.0.0\t-\tz\t-\t-\tx", `the product "z" is not named`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parseReleases(row.text)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}
