//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package terminal

import (
	"errors"
	"os"

	"golang.org/x/term"
)

// hideEcho does nothing: here only a read can hide what is typed.
func hideEcho(int) error { return errors.ErrUnsupported }

// readHidden reads an answer and hides it meanwhile.
func readHidden(f *os.File) (string, error) {
	hidden, err := term.ReadPassword(int(f.Fd()))
	return string(hidden), err
}
