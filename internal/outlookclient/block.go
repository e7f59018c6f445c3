package outlookclient

import (
	"fmt"
	"strings"
)

// blockedVersions writes one range for each series of known builds with a version
// that cannot connect: from the first build of the series, or the oldest seen, to
// the last below its minimum.
//
// Exchange writes the build X.0.Y.Z as X.Y.Z, with at most 32767 for Y and 65535
// for Z, and takes at most 255 characters (learn.microsoft.com, Set-RpcClientAccess).
func blockedVersions(newestFirst []*seen) string {
	oldest := map[*series]Build{}
	for _, s := range newestFirst {
		if s.kind == clientOutlook && s.release.CanConnect.Is(false) {
			if of := table().seriesOf(s.build); of != nil {
				oldest[of] = s.build.short()
			}
		}
	}
	var ranges []string
	for i := range table().series {
		of := &table().series[i]
		if from, ok := oldest[of]; ok {
			if first := table().firstOf(of); first.compare(from) < 0 {
				from = first
			}
			ranges = append(ranges, fmt.Sprintf("%d.%d.0-%s", from.numbers[0], from.numbers[2], of.lastBlocked()))
		}
	}
	return strings.Join(ranges, ";")
}

// firstOf is the first build that the series is known to have had. Exchange's own
// services have lower numbers of the same major version.
func (r *releases) firstOf(s *series) Build {
	for _, p := range r.packs {
		if p.from.compare(s.from) >= 0 && p.from.compare(s.to) <= 0 {
			return p.from
		}
	}
	return s.from
}

// lastBlocked is the last build below the minimum, as Exchange writes it.
func (s *series) lastBlocked() string {
	minimum := s.minimum.numbers
	switch {
	case s.minimum == (Build{}):
		return fmt.Sprintf("%d.32767.65535", s.from.numbers[0])
	case s.to.compare(s.minimum.short()) < 0:
		return fmt.Sprintf("%d.%d.65535", s.to.numbers[0], s.to.numbers[2])
	case s.minimum.Exact:
		return fmt.Sprintf("%d.%d.%d", minimum[0], minimum[2], minimum[3]-1)
	}
	return fmt.Sprintf("%d.%d.65535", minimum[0], minimum[2]-1)
}
