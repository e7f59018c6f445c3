//go:build !unix

package cache

import "io/fs"

const nonBlocking = 0

// distrust relies on the access control lists of the user's profile.
func distrust(fs.FileInfo) string { return "" }
