package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const logFile = "postgres.log"

// bringUp makes or recovers the database and starts its server; the caller has owner.lock.
func (l *launcher) bringUp(ctx context.Context) (*Postgres, error) {
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	c, err := l.ready(ctx)
	if err != nil {
		return nil, err
	}
	note := func(msg string) { l.Log.InfoContext(ctx, msg, "data", c.dir) }
	alive, err := c.settle(ctx, note)
	if err != nil {
		return nil, err
	}
	defer alive.Close() // the server has it by then
	p, err := c.serve(ctx, alive, filepath.Join(l.DataDir, logFile), "")
	if err != nil {
		return nil, err
	}
	l.Log.InfoContext(ctx, "database started", "data", c.dir, "programs", c.bin.dir, "postgresql", c.bin.major)
	go p.server.watch(func(tail string) { l.Log.Error("the database server has ended", "data", c.dir, "it wrote", tail) }, p.gone)
	return p, nil
}

// ready is the cluster of DATA_DIR, made if there is none yet.
func (l *launcher) ready(ctx context.Context) (c cluster, err error) {
	if c.dir, err = l.locate(); err != nil {
		return c, err
	}
	major, err := majorOf(c.dir)
	if err != nil {
		return c, err
	}
	if c.who, err = accountFor(c.dir, major); err != nil {
		return c, err
	}
	if c.bin, err = l.programs(ctx, c.who, major); err != nil {
		return c, err
	}
	if major == 0 {
		return l.create(ctx, c)
	}
	if !c.who.canEnter(ctx, c.dir) {
		return c, fmt.Errorf("%w: user %d, as whom PostgreSQL runs, can't enter %s: open the folders above it (chmod o+x)", errDataDir, c.who.uid, c.dir)
	}
	return c, nil
}

// create makes a new cluster, in DATA_DIR if the database's user can enter it.
func (l *launcher) create(ctx context.Context, c cluster) (_ cluster, err error) {
	if !c.who.canEnter(ctx, filepath.Dir(c.dir)) {
		if c.dir, err = l.move(ctx, c.who); err != nil {
			return c, err
		}
		l.Log.WarnContext(ctx, "the user that the database runs as can't enter DATA_DIR, its data are elsewhere",
			"DATA_DIR", l.DataDir, "data", c.dir)
	}
	l.Log.InfoContext(ctx, "making a new database", "data", c.dir)
	return c, c.initialise(ctx, "--data-checksums")
}

// serve starts the server on the cluster and waits until it answers. The role of a new database gets the attributes.
func (c cluster) serve(ctx context.Context, alive *os.File, logPath, attributes string, more ...string) (*Postgres, error) {
	p := &Postgres{gone: make(chan struct{})}
	dir, temporary, err := c.socketDir(ctx)
	if err != nil {
		return nil, err
	}
	if temporary {
		p.litter = append(p.litter, dir)
	}
	log, err := openLog(logPath)
	if err != nil {
		return nil, errors.Join(err, p.Stop(ctx))
	}
	p.server, err = c.run(alive, log, append(c.settings(dir), more...))
	if err != nil {
		return nil, errors.Join(err, log.file.Close(), p.Stop(ctx))
	}
	p.dsn = dsn(dir)
	if err := c.awaitReady(ctx, p.server, dir, attributes); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

// watch reports a server that ends without having been stopped, and closes gone.
func (s *server) watch(report func(tail string), gone chan<- struct{}) {
	<-s.ended
	if s.stopping.Load() {
		return
	}
	report(s.log.tail())
	close(gone)
}
