//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package embedded

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const supported = true

// noFollow refuses a symbolic link: files are opened as root below folders that others may write.
const noFollow = syscall.O_NOFOLLOW

// noWait has the opening of a pipe, and reading from it, return at once.
const noWait = syscall.O_NONBLOCK

type lockKind int

const (
	shared    lockKind = syscall.LOCK_SH
	exclusive lockKind = syscall.LOCK_EX
)

// flock locks f without waiting; errTaken where another process has it.
func flock(f *os.File, how lockKind) error {
	err := syscall.Flock(int(f.Fd()), int(how)|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errTaken
	}
	return err
}

// ownership of a file: user and group.
func ownership(fi fs.FileInfo) (uid, gid int) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, -1
	}
	return int(st.Uid), int(st.Gid)
}

// alive tells whether there is such a process. It may be a zombie, or another one by now.
func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// attributes has a program run as who, in a process group of its own: Ctrl-C in a terminal reaches the service alone,
// which then stops its database in order.
func attributes(who account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if who.drop {
		attr.Credential = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}
	}
	return attr
}

// interruptGroup asks a program and all it has started to end.
func interruptGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) }

// The three ways a Postgres server is stopped, by signal.
const (
	fast      = syscall.SIGINT
	immediate = syscall.SIGQUIT
)
