package endpoints

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cidr"
)

// Change is one record of the service's change feed.
type Change struct {
	ID          int
	SetID       int
	Disposition string // add, change or remove, in lower case
	Impact      string // the service's word, such as AddedIp; empty before November 2018
	Version     Version
	// EffectiveDate is when additions take effect, YYYY-MM-DD; often empty.
	EffectiveDate                  string
	AddedPrefixes, RemovedPrefixes []netip.Prefix
	AddedURLs, RemovedURLs         []string
}

type wireChange struct {
	ID          *int       `json:"id"`
	SetID       *int       `json:"endpointSetId"`
	Disposition string     `json:"disposition"`
	Impact      string     `json:"impact"`
	Version     string     `json:"version"`
	Add         wireMember `json:"add"`
	Remove      wireMember `json:"remove"`
}

type wireMember struct {
	EffectiveDate string   `json:"effectiveDate"`
	IPs           []string `json:"ips"`
	URLs          []string `json:"urls"`
}

// DecodeChanges reads the answer of the service's changes method: an array,
// empty where nothing changed. Records come out in the order of their versions.
func DecodeChanges(data []byte) ([]Change, error) {
	var wire []wireChange
	if err := DecodeJSON(data, &wire); err != nil {
		return nil, err
	}
	out := make([]Change, len(wire))
	for i, w := range wire {
		c, err := w.change()
		if err != nil {
			return nil, fmt.Errorf("change record %d: %w", i, err)
		}
		out[i] = c
	}
	slices.SortStableFunc(out, func(a, b Change) int { return a.Version.Compare(b.Version) })
	return out, nil
}

func (w wireChange) change() (Change, error) {
	if w.ID == nil || w.SetID == nil {
		return Change{}, errors.New("the field id or endpointSetId is missing")
	}
	c := Change{
		ID: *w.ID, SetID: *w.SetID, Disposition: strings.ToLower(w.Disposition), Impact: w.Impact,
		AddedURLs: slices.Sorted(slices.Values(w.Add.URLs)), RemovedURLs: slices.Sorted(slices.Values(w.Remove.URLs)),
	}
	var err error
	if c.Version, err = ParseVersion(w.Version); err != nil {
		return Change{}, err
	}
	if w.Add.EffectiveDate != "" {
		day, err := time.Parse("20060102", w.Add.EffectiveDate)
		if err != nil {
			return Change{}, fmt.Errorf("effectiveDate %q is not a date", w.Add.EffectiveDate)
		}
		c.EffectiveDate = day.Format(time.DateOnly)
	}
	if c.AddedPrefixes, err = parsePrefixes(w.Add.IPs); err != nil {
		return Change{}, fmt.Errorf("add.%w", err)
	}
	if c.RemovedPrefixes, err = parsePrefixes(w.Remove.IPs); err != nil {
		return Change{}, fmt.Errorf("remove.%w", err)
	}
	return c, nil
}

func parsePrefixes(ips []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(ips))
	for i, ip := range ips {
		p, err := cidr.ParsePrefix(ip)
		if err != nil {
			return nil, fmt.Errorf("ips[%d]: %w", i, err)
		}
		out = append(out, p)
	}
	return cidr.Sorted(out), nil
}
