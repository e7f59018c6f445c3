//go:build unix

package cache

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

const nonBlocking = syscall.O_NONBLOCK

// distrust says why a folder may hold files that somebody else wrote; empty where
// only its owner can write, and that is this user or root.
func distrust(info fs.FileInfo) string {
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Sprintf("can be written by others (mode %04o)", info.Mode().Perm())
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid() {
		return fmt.Sprintf("belongs to the user with the id %d, not to this user (%d) or root", stat.Uid, os.Geteuid())
	}
	return ""
}
