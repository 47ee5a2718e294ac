//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package runas

import (
	"io/fs"
	"syscall"
)

// Ownership returns the user and group of a file.
func Ownership(fi fs.FileInfo) (uid, gid int) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return -1, -1
	}
	return int(st.Uid), int(st.Gid)
}

// Attributes returns the attributes of a program that runs as the user, in its own process
// group: Ctrl-C in a terminal reaches only the service, which then stops its database.
func (u User) Attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if u.Drop {
		attr.Credential = &syscall.Credential{Uid: uint32(u.UID), Gid: uint32(u.GID)}
	}
	return attr
}

// interruptGroup asks a program and its child processes to end.
func interruptGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGINT) }
