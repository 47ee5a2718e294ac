package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const logFile = "postgres.log"

// bringUp creates or recovers the database and starts its server. The caller holds owner.lock.
func (l *launcher) bringUp(ctx context.Context) (*Postgres, error) {
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	c, err := l.openCluster(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkCopied(c.dir); err != nil {
		return nil, err
	}
	var identity *os.File
	if dir := filepath.Dir(c.dir); dir != l.DataDir {
		if identity, err = l.lockIdentity(dir); err != nil {
			return nil, err
		}
	}
	p, err := l.startServer(ctx, c)
	if err != nil {
		if identity != nil {
			identity.Close()
		}
		return nil, err
	}
	if identity != nil {
		p.locks = append(p.locks, identity)
	}
	return p, nil
}

// startServer starts the cluster's server, and stops one of an earlier run before.
func (l *launcher) startServer(ctx context.Context, c cluster) (*Postgres, error) {
	log := func(msg string) { l.Log.InfoContext(ctx, msg, "data", c.dir) }
	dataLock, err := c.lock(ctx, log)
	if err != nil {
		return nil, err
	}
	defer dataLock.Close() // the server has inherited it by then
	p, err := c.serve(ctx, dataLock, filepath.Join(l.DataDir, logFile), "")
	if err != nil {
		return nil, err
	}
	l.Log.InfoContext(ctx, "database started", "data", c.dir, "programs", c.bin.Dir, "postgresql", c.bin.Major)
	go p.server.watch(func(tail string) { l.Log.Error("the database server has ended", "data", c.dir, "output", tail) }, p.gone)
	return p, nil
}

// openCluster returns the cluster of DATA_DIR, and creates it if it is missing.
func (l *launcher) openCluster(ctx context.Context) (c cluster, err error) {
	if c.dir, err = l.locate(); err != nil {
		return c, err
	}
	major, err := majorOf(c.dir)
	if err != nil {
		return c, err
	}
	if c.user, err = ownerFor(c.dir, major); err != nil {
		return c, err
	}
	if c.bin, err = l.finder().Find(ctx, c.user, major); err != nil {
		return c, err
	}
	if major == 0 {
		return l.create(ctx, c)
	}
	if !c.user.CanEnter(ctx, c.dir) {
		return c, fmt.Errorf("%w: PostgreSQL's user %d can't enter %s: make the folders above it accessible (chmod o+x)", errDataDir, c.user.UID, c.dir)
	}
	return c, nil
}

// create creates a new cluster, in DATA_DIR if the database's user can enter it.
func (l *launcher) create(ctx context.Context, c cluster) (_ cluster, err error) {
	if !c.user.CanEnter(ctx, filepath.Dir(c.dir)) {
		if c.dir, err = l.move(ctx, c.user); err != nil {
			return c, err
		}
		l.Log.WarnContext(ctx, "the user that the database runs as can't enter DATA_DIR, so the data are elsewhere",
			"DATA_DIR", l.DataDir, "data", c.dir)
	}
	l.Log.InfoContext(ctx, "creating a new database", "data", c.dir)
	return c, c.initialise(ctx, "--data-checksums")
}

// serve starts the server on the cluster and waits until it answers. A new database's role gets the
// attributes.
func (c cluster) serve(ctx context.Context, dataLock *os.File, logPath, attributes string, more ...string) (*Postgres, error) {
	p := &Postgres{gone: make(chan struct{})}
	dir, temporary, err := c.socketDir(ctx)
	if err != nil {
		return nil, err
	}
	if temporary {
		p.cleanup = append(p.cleanup, dir)
	}
	log, err := openLog(logPath)
	if err != nil {
		return nil, errors.Join(err, p.Stop(ctx))
	}
	p.server, err = c.run(dataLock, log, append(c.settings(dir), more...))
	if err != nil {
		return nil, errors.Join(err, log.file.Close(), p.Stop(ctx))
	}
	p.dsn = dsn(dir)
	if err := c.waitUntilReady(ctx, p.server, dir, attributes); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

// watch reports a server that ended without Stop.
func (s *server) watch(report func(tail string), gone chan<- struct{}) {
	<-s.ended
	if s.stopping.Load() {
		return
	}
	report(s.log.tail())
	close(gone)
}
