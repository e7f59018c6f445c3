package eoptest

import (
	"testing"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// AgeCache makes the cache of a service believe that everything happened longer ago.
func AgeCache(t testing.TB, folder, serviceURL string, by time.Duration) {
	t.Helper()
	c := cache.Open(folder, serviceURL)
	aged := 0
	for _, instance := range endpoints.ServedInstances() {
		s, ok := c.State(instance)
		if !ok {
			continue
		}
		aged++
		s.Checked, s.FirstSeen, s.Fetched = s.Checked.Add(-by), s.FirstSeen.Add(-by), s.Fetched.Add(-by)
		if err := c.StoreState(instance, s); err != nil {
			t.Fatal(err)
		}
	}
	if aged == 0 {
		t.Fatalf("%s has nothing of %s", folder, serviceURL)
	}
}
