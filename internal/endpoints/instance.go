// Package endpoints is what Microsoft publishes about the addresses of
// Microsoft 365: service instances, versions, endpoint sets and lists of them,
// strictly decoded, with the selection of the sets Exchange Online Protection
// (EOP) speaks SMTP from.
//
// The facts follow Microsoft's page "Microsoft 365 IP Address and URL web
// service" (January 2025) and every list published since June 2018.
package endpoints

import (
	"fmt"
	"slices"
	"strings"
)

// Instance is a service instance: one of the separate clouds. Its value is the
// name in lower case, as used in paths and attributes.
type Instance string

// The instances. Germany was retired in 2021 and came back in 2025 as another
// cloud, France appeared with it; the web service's documentation names neither.
const (
	Worldwide    Instance = "worldwide"
	China        Instance = "china"
	USGovDoD     Instance = "usgovdod"
	USGovGCCHigh Instance = "usgovgcchigh"
	Germany      Instance = "germany"
	France       Instance = "france"
)

var instances = []struct {
	name   Instance
	served bool
}{
	{Worldwide, true},
	{China, true},
	{USGovDoD, true},
	{USGovGCCHigh, true},
	{Germany, false},
	{France, false},
}

// Instances are all instances with a list, the served ones first.
func Instances() []Instance { return instanceNames(false) }

// ServedInstances are those the web service documents; only these have a latest list.
func ServedInstances() []Instance { return instanceNames(true) }

func instanceNames(servedOnly bool) []Instance {
	var out []Instance
	for _, i := range instances {
		if i.served || !servedOnly {
			out = append(out, i.name)
		}
	}
	return out
}

// Served reports whether the web service answers for the instance. Lists of the
// others resolve only when their version is named.
func (i Instance) Served() bool { return slices.Contains(ServedInstances(), i) }

// ParseInstance reads an instance name in any case. GCC is no instance of its
// own; the error says which one it uses.
func ParseInstance(s string) (Instance, error) {
	name := Instance(strings.ToLower(strings.TrimSpace(s)))
	if slices.Contains(Instances(), name) {
		return name, nil
	}
	if name == "gcc" || name == "usgovgcc" {
		return "", fmt.Errorf(
			"%q is not a service instance: GCC tenants use %q (only GCC High and DoD have lists of their own)",
			s,
			Worldwide,
		)
	}
	hint := "known"
	if near, ok := map[Instance]Instance{
		"gcchigh": USGovGCCHigh, "gcc-high": USGovGCCHigh, "usgovgcc-high": USGovGCCHigh, "usgov": USGovGCCHigh,
		"dod": USGovDoD, "21vianet": China, "global": Worldwide, "commercial": Worldwide,
	}[name]; ok {
		hint = fmt.Sprintf("did you mean %q? Known", near)
	}
	return "", fmt.Errorf("%q is not a service instance; %s are %s, and with a pinned version %s and %s",
		s, hint, joinNames(ServedInstances()), Germany, France)
}

func joinNames(names []Instance) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return strings.Join(out, ", ")
}
