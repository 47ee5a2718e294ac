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

// account is the system user that Postgres' programs run as.
type account struct {
	uid, gid int
	drop     bool // it is not the caller, who is root
}

// accountFor is accountOf an existing database, newAccount for one that is still to be made (major version 0).
func accountFor(pg string, major int) (account, error) {
	if major == 0 {
		return newAccount()
	}
	return accountOf(pg)
}

// accountOf is whom the existing database pg belongs to: the caller, or where that is root, as whom Postgres refuses to
// run, somebody else.
func accountOf(pg string) (account, error) {
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
		return self, fmt.Errorf("%w: %s belongs to user %d and this is user %d: run as the former, or choose another DATA_DIR",
			errDataDir, pg, uid, self.uid)
	case uid == 0:
		return self, fmt.Errorf("%w: %s belongs to root, as whom PostgreSQL refuses to run: give it to another user (chown -R postgres)",
			errDataDir, pg)
	}
	return account{uid: uid, gid: gid, drop: true}, nil
}

// newAccount is whom a new database shall belong to: the caller, or where that is root the user postgres, else nobody.
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
	return self, fmt.Errorf("%w: PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody", errDataDir)
}

// give makes path the account's.
func (a account) give(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// canEnter tells whether the account reaches dir, by having it go there: no reading of mode bits knows every rule.
func (a account) canEnter(ctx context.Context, dir string) bool {
	if !a.drop {
		fi, err := os.Stat(dir)
		return err == nil && fi.IsDir()
	}
	return a.command(ctx, dir, "/bin/sh", "-c", ":").Run() == nil
}

// command prepares a program that ends with ctx. Its environment has nothing of ours: neither settings, which may be
// secrets, nor PG* variables, which would change what it does; and its messages are in English.
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
