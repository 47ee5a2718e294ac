//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package runas

import (
	"errors"
	"io/fs"
	"syscall"
)

// Ownership returns -1 for both: files have no such owners here.
func Ownership(fs.FileInfo) (uid, gid int) { return -1, -1 }

// Attributes returns nil: no program is started here.
func (u User) Attributes() *syscall.SysProcAttr { return nil }

func interruptGroup(int) error { return errors.ErrUnsupported }
