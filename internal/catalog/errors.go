package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/archive"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
	"github.com/eop-firewall/terraform-provider-eop/internal/known"
	"github.com/eop-firewall/terraform-provider-eop/internal/webservice"
)

// UnknownVersionError says that no source has the version, and which come near.
type UnknownVersionError struct {
	Instance endpoints.Instance
	Version  endpoints.Version
	Nearest  []endpoints.Version // oldest first
	Service  error               // why the service could not help; nil where it was not asked or has another version
}

func (e *UnknownVersionError) Error() string {
	text := fmt.Sprintf("version %s of %s is not known here; the nearest known are %s",
		e.Version, e.Instance, enumerate(e.Nearest))
	if e.Service != nil {
		text += fmt.Sprintf(". The web service could not be asked whether it is the newest there (%v)", e.Service)
	}
	return text
}

func (e *UnknownVersionError) Unwrap() error { return e.Service }

// PinOnlyError says that the instance has lists but no latest one.
type PinOnlyError struct {
	Instance endpoints.Instance
	Versions []endpoints.Version // oldest first
}

func (e *PinOnlyError) Error() string {
	first, last := e.Versions[0], e.Versions[len(e.Versions)-1]
	return fmt.Sprintf("the web service does not serve %s, so it has no newest list; its %d known lists, %s to %s, "+
		"need a version", e.Instance, len(e.Versions), first, last)
}

// TooOldError says that an answer is older than the query allows.
type TooOldError struct {
	Instance         endpoints.Instance
	Version, Minimum endpoints.Version
	Source           known.Source
}

func (e *TooOldError) Error() string {
	return fmt.Sprintf("the list found for %s is version %s (%s), older than the minimum %s",
		e.Instance, e.Version, e.Source, e.Minimum)
}

// UnreachableError says that the service gave no list and none may stand in.
type UnreachableError struct {
	Instance endpoints.Instance
	Err      error // what was tried and what came back
	Newest   endpoints.Version
	Source   known.Source // of the newest list known here
	Mode     Mode
	Minimum  endpoints.Version // as stated; zero: none
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the web service gave no list for %s: %v. The newest list known here is version %s (%s)",
		e.Instance, e.Err, e.Newest, e.Source)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// Answered reports whether something answered, though with no usable list.
func (e *UnreachableError) Answered() bool {
	var failure *webservice.Error
	return errors.As(e.Err, &failure) && failure.Answered
}

// BehindError says that the service names an older version than one known here.
type BehindError struct {
	Instance        endpoints.Instance
	Service         string
	Answered, Known endpoints.Version
	Source          known.Source // of the known list
}

func (e *BehindError) Error() string {
	return fmt.Sprintf("%s names version %s as the latest of %s, but the newer %s is known here (%s); a mirror "+
		"that is not up to date answers like this",
		e.Service, e.Answered, e.Instance, e.Known, e.Source)
}

// PausedError says that the service answered 429 not long ago and is left alone.
type PausedError struct {
	URL   string
	Until time.Time
}

func (e *PausedError) Error() string {
	return fmt.Sprintf("%s answered \"429 Too Many Requests\" and is not asked again before %s",
		e.URL, e.Until.UTC().Format(time.RFC3339))
}

// nearest picks the n versions closest in time, oldest first.
func nearest(versions []endpoints.Version, to endpoints.Version, n int) []endpoints.Version {
	out := slices.Clone(versions)
	days := func(v endpoints.Version) int {
		d := int(v.Day().Sub(to.Day()).Hours() / 24)
		return max(d, -d)
	}
	slices.SortStableFunc(out, func(a, b endpoints.Version) int { return days(a) - days(b) })
	out = out[:min(n, len(out))]
	slices.SortFunc(out, endpoints.Version.Compare)
	return out
}

// NotArchived is the error for a version that the archive lacks.
func NotArchived(lists *archive.Archive, instance endpoints.Instance, version endpoints.Version) error {
	return &UnknownVersionError{
		Instance: instance, Version: version, Nearest: nearest(lists.Versions(instance), version, nearby),
	}
}

func enumerate(versions []endpoints.Version) string {
	names := make([]string, len(versions))
	for i, v := range versions {
		names[i] = v.String()
	}
	return strings.Join(names, ", ")
}

func isBehind(err error) bool {
	var behind *BehindError
	return errors.As(err, &behind)
}
