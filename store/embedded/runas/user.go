// Package runas runs PostgreSQL's programs as a system user other than root.
package runas

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"time"
)

// A User is the system user that PostgreSQL's programs run as.
type User struct {
	UID, GID int
	Drop     bool // programs must change to it, because the caller is root
}

// Caller returns the user of this process.
func Caller() User { return User{UID: os.Geteuid(), GID: os.Getegid()} }

// Unprivileged returns the owner of a new database: the caller or, if the caller is root, the user
// postgres, else nobody.
func Unprivileged() (User, error) {
	self := Caller()
	if self.UID != 0 {
		return self, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return User{UID: uid, GID: gid, Drop: true}, nil
		}
	}
	return self, errors.New("PostgreSQL refuses to run as root, and this system has no user postgres or nobody")
}

// Chown makes the user the owner of path.
func (u User) Chown(path string) error {
	if !u.Drop {
		return nil
	}
	return os.Lchown(path, u.UID, u.GID)
}

// CanEnter reports whether the user can enter dir. It tries to, because mode bits alone don't
// decide it.
func (u User) CanEnter(ctx context.Context, dir string) bool {
	if !u.Drop {
		fi, err := os.Stat(dir)
		return err == nil && fi.IsDir()
	}
	return u.Command(ctx, dir, "/bin/sh", "-c", ":").Run() == nil
}

// Command returns a program that is interrupted when ctx ends. The environment contains none of our
// settings, which may be secrets, and no PG* variables, which would change its behaviour. Its
// messages are in English.
func (u User) Command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = Environ()
	cmd.SysProcAttr = u.Attributes()
	cmd.Cancel = func() error { return interruptGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// Environ returns the environment of PostgreSQL's programs, see [User.Command].
func Environ() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
