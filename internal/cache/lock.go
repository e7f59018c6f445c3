package cache

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/eop-firewall/terraform-provider-eop/internal/endpoints"
)

// lockPoll is how often a waiting process tries again.
const lockPoll = 25 * time.Millisecond

// Lock waits until no other process asks the service for an instance, so that one
// asks and the others read its answer. release is never nil. locked is false where
// the context ended first or the folder takes no locks: ask all the same then. The
// system gives the lock back when a process dies.
func (c *Cache) Lock(ctx context.Context, instance endpoints.Instance) (release func(), locked bool) {
	nothing := func() {}
	root, err := c.folder.create()
	if err != nil {
		return nothing, false
	}
	dir := path.Join(c.service, string(instance))
	if err := root.MkdirAll(dir, 0o700); err != nil {
		return nothing, false
	}
	lock := flock.New(filepath.Join(c.folder.path(), filepath.FromSlash(dir), "lock"),
		flock.SetFlag(os.O_CREATE|os.O_RDWR|nonBlocking), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, lockPoll); err != nil || !ok {
		return nothing, false
	}
	return func() { _ = lock.Unlock() }, true
}
