package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"time"
)

// An account is the system user that PostgreSQL's programs run as.
type account struct {
	uid, gid int
	drop     bool // programs must change to it, because the caller is root
}

// accountFor returns the owner of an existing database, or newAccount for a new one (major version
// 0).
func accountFor(pg string, major int) (account, error) {
	if major == 0 {
		return newAccount()
	}
	return existingAccount(pg)
}

// existingAccount returns the owner of the existing database pg: the caller or, if the caller is
// root, another user, because PostgreSQL refuses to run as root.
func existingAccount(pg string) (account, error) {
	self := account{uid: os.Geteuid(), gid: os.Getegid()}
	fi, err := os.Stat(pg)
	if err != nil {
		return self, fmt.Errorf("%w: %w", errDataDir, err)
	}
	uid, gid := ownership(fi)
	switch {
	case self.uid == uid && uid != 0:
		return self, nil
	case self.uid != 0:
		return self, fmt.Errorf("%w: %s belongs to user %d, and this is user %d: run as user %[3]d, or choose another DATA_DIR",
			errDataDir, pg, uid, self.uid)
	case uid == 0:
		return self, fmt.Errorf("%w: %s belongs to root, and PostgreSQL refuses to run as root: change its owner (chown -R postgres)",
			errDataDir, pg)
	}
	return account{uid: uid, gid: gid, drop: true}, nil
}

// newAccount returns the owner of a new database: the caller or, if the caller is root, the user
// postgres, else nobody.
func newAccount() (account, error) {
	self := account{uid: os.Geteuid(), gid: os.Getegid()}
	if self.uid != 0 {
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
			return account{uid: uid, gid: gid, drop: true}, nil
		}
	}
	return self, fmt.Errorf("%w: PostgreSQL refuses to run as root, and this system has no user postgres or nobody", errDataDir)
}

// chown makes the account the owner of path.
func (a account) chown(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// canEnter reports whether the account can enter dir. It tries to, because mode bits alone don't
// decide it.
func (a account) canEnter(ctx context.Context, dir string) bool {
	if !a.drop {
		fi, err := os.Stat(dir)
		return err == nil && fi.IsDir()
	}
	return a.command(ctx, dir, "/bin/sh", "-c", ":").Run() == nil
}

// command returns a program that is interrupted when ctx ends. The environment contains none of our
// settings, which may be secrets, and no PG* variables, which would change its behaviour. Its
// messages are in English.
func (a account) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.Env = programEnv()
	cmd.SysProcAttr = attributes(a)
	cmd.Cancel = func() error { return interruptGroup(cmd.Process.Pid) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func programEnv() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}
