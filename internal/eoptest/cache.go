package eoptest

import (
	"path/filepath"
	"time"

	"github.com/eop-firewall/terraform-provider-eop/internal/cache"
	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// AgeCheck makes a cache believe that it asked the service longer ago. path is
// its file <folder>/<service>/<instance>/latest.json.
func AgeCheck(path string, by time.Duration) error {
	dir := filepath.Dir(path)
	instance := endpoints.Instance(filepath.Base(dir))
	c := cache.OpenService(filepath.Dir(filepath.Dir(dir)), filepath.Base(filepath.Dir(dir)))
	l, _ := c.Latest(instance)
	l.Checked = l.Checked.Add(-by)
	return c.StoreLatest(instance, l)
}
