//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

const supported = true

// noFollow refuses symbolic links: we open files as root in folders that other users may write to.
const noFollow = syscall.O_NOFOLLOW

// noWait makes opening and reading a pipe return immediately.
const noWait = syscall.O_NONBLOCK

type lockKind int

const (
	shared    lockKind = syscall.LOCK_SH
	exclusive lockKind = syscall.LOCK_EX
)

// flock locks f without waiting. It returns errLocked if another process holds the lock.
func flock(f *os.File, how lockKind) error {
	err := syscall.Flock(int(f.Fd()), int(how)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// folderID returns what tells a folder from a copy of it: it stays the same if the folder is renamed.
func folderID(dir string) (string, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(dir, &st); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d:%d", st.Dev, st.Ino), nil
}

// alive reports whether a process with this id exists. It may be a zombie, or a different process
// by now.
func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// The signals for a fast and an immediate shutdown of PostgreSQL.
const (
	fast      = syscall.SIGINT
	immediate = syscall.SIGQUIT
)
