//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package embedded

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// supported is false if the functions below have no meaning. None of them is called then.
const supported = false

const noFollow, noWait = 0, 0

type lockKind int

const (
	shared lockKind = iota
	exclusive
)

func flock(*os.File, lockKind) error { return errors.ErrUnsupported }

func ownership(fs.FileInfo) (uid, gid int) { return -1, -1 }

func alive(int) bool { return false }

func attributes(account) *syscall.SysProcAttr { return nil }

func interruptGroup(int) error { return errors.ErrUnsupported }

var fast, immediate = os.Interrupt, os.Kill
