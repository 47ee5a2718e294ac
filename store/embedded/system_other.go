//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package embedded

import (
	"errors"
	"os"
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

func folderID(string) (string, error) { return "", errors.ErrUnsupported }

func alive(int) bool { return false }

var fast, immediate = os.Interrupt, os.Kill
