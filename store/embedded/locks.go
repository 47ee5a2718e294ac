package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	ownerLock  = "owner.lock"
	guestsLock = "guests.lock"
)

// handover is how long a service waits for a command that has the database.
const handover = 5 * time.Second

// joining is how long a command waits for a database that another process is starting.
const joining = 30 * time.Second

// role is what the process does that has owner.lock.
type role string

const (
	serving    role = "serve"
	commanding role = "command"
)

// owner is what owner.lock says. It says nothing for an instant after the lock was taken, and may then
// speak of one that was killed.
type owner struct {
	role role
	pid  int
}

var (
	errTaken  = errors.New("another process has the lock")
	errNotYet = errors.New("nothing answers yet")
)

// own takes owner.lock for a service.
func (l *launcher) own(ctx context.Context) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, handover)
	defer cancel()
	var lock *os.File
	var by owner
	err := until(ctx, func() (done bool, err error) {
		lock, by, err = l.tryOwn(serving)
		if !errors.Is(err, errTaken) {
			return true, err
		}
		return by.role == serving && alive(by.pid), nil
	})
	if lock == nil && (err == nil || errors.Is(err, context.DeadlineExceeded)) {
		return nil, &InUseError{DataDir: l.DataDir, PID: by.pid}
	}
	return lock, err
}

// ownOrJoin takes owner.lock for a command, or answers with the database of the process that has it.
func (l *launcher) ownOrJoin(ctx context.Context) (lock *os.File, running *Postgres, err error) {
	ctx, cancel := context.WithTimeout(ctx, joining)
	defer cancel()
	var by owner
	err = until(ctx, func() (done bool, err error) {
		if lock, by, err = l.tryOwn(commanding); !errors.Is(err, errTaken) {
			return true, err
		}
		if running, err = l.join(ctx); errors.Is(err, errNotYet) {
			return false, nil
		}
		return true, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: process %d has %s, but its database does not answer", errStart, by.pid, l.DataDir)
	}
	return lock, running, err
}

// join connects to the database that another process is running, or is errNotYet.
func (l *launcher) join(ctx context.Context) (*Postgres, error) {
	pg, err := l.locate()
	if err != nil {
		return nil, err
	}
	guest, err := tryLock(filepath.Join(l.DataDir, guestsLock), shared)
	if errors.Is(err, errTaken) { // being stopped
		return nil, errNotYet
	}
	if err != nil {
		return nil, l.notWritable(err)
	}
	server := readPIDFile(pg)
	address := dsn(server.socketDir)
	if !server.ready || ping(ctx, address) != nil {
		unlock(guest)
		return nil, errNotYet
	}
	return &Postgres{dsn: address, gone: make(chan struct{}), locks: []*os.File{guest}}, nil
}

// tryOwn takes owner.lock and writes into it. errTaken comes with who has it.
func (l *launcher) tryOwn(as role) (*os.File, owner, error) {
	path := filepath.Join(l.DataDir, ownerLock)
	f, err := tryLock(path, exclusive)
	if errors.Is(err, errTaken) {
		return nil, readOwner(path), err
	}
	if err != nil {
		return nil, owner{}, l.notWritable(err)
	}
	if err := writeOwner(f, owner{as, os.Getpid()}); err != nil {
		unlock(f)
		return nil, owner{}, failure(errDataDir, l.DataDir, err.Error())
	}
	return f, owner{}, nil
}

func (l *launcher) notWritable(err error) error {
	return fmt.Errorf("%w: %s is not writable for user %d, run as its owner or choose another DATA_DIR: %w",
		errDataDir, l.DataDir, os.Geteuid(), err)
}

func readOwner(path string) (o owner) {
	b, err := os.ReadFile(path)
	if err == nil {
		_, _ = fmt.Sscan(string(b), &o.role, &o.pid) // what is not there stays zero: nobody
	}
	return o
}

func writeOwner(f *os.File, o owner) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt(fmt.Appendf(nil, "%s %d\n", o.role, o.pid), 0)
	return err
}

// tryLock opens path, makes it if absent, and locks it without waiting; errTaken where another process has it.
func tryLock(path string, how lockKind) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f, how); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// unlock lets go of a lock file. What owner.lock says is cleared first: nobody has it.
func unlock(f *os.File) {
	if strings.HasSuffix(f.Name(), ownerLock) {
		_ = f.Truncate(0) // only what a message would have said
	}
	f.Close()
}

// pollEvery is the step of everything here that can only be asked again.
const pollEvery = 5 * time.Millisecond

// until asks again and again, until it is answered yes or with an error, or ctx ends.
func until(ctx context.Context, ask func() (bool, error)) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
