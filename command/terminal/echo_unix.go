//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

// hideEcho switches the echo off, and leaves everything else as it is: keys
// such as Backspace and Ctrl-C still work.
func hideEcho(fd int) error {
	state, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return err
	}
	state.Lflag &^= unix.ECHO
	return unix.IoctlSetTermios(fd, setTermios, state)
}

// readHidden reads an answer while the echo is off.
func readHidden(f *os.File) (string, error) { return readLine(f) }
