package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth"
)

// How often a listener sends itself a heartbeat, and after how long without one that came back it knows itself deaf. A change is heard of by
// every replica that is not deaf within the latter, as long as the clock of one machine goes evenly.
const (
	beatEvery = 250 * time.Millisecond
	deafAfter = 750 * time.Millisecond
)

// silence is for how long nothing may arrive, not even a heartbeat, before the connection that listens is given up for another one. A server
// may be gone or frozen without a word; the operating system would take minutes to notice, or for ever.
const silence = 5 * time.Second

// firstBeat is how long the first heartbeat may take, before the connection is taken for one that notifications don't come through.
const firstBeat = 5 * time.Second

// A Hearer is told of changes.
type Hearer struct {
	Apply  func(auth.Change)           // for each change; it may be one that is known
	Reload func(context.Context) error // whenever some may have been missed, at first too
	Keys   func(context.Context) error // when the signing keys are others, or may be
	Fault  func(error)                 // what goes wrong later; it is mended without more ado
	Turned func(hearing bool)          // when the listener turns deaf, and when it hears again
	Now    func() time.Time
}

// A Listener hears of the changes that other replicas make.
type Listener struct {
	Hearer
	store *Store
	pq    *pq.Listener
	heart *sqlx.DB // one connection of its own, so that it beats while requests wait for one
	pulse string   // the channel of this listener's heartbeats
	begun time.Time

	lost   atomic.Int64 // connections
	mended atomic.Int64 // of those, for which a new one is there and everything was read again
	behind atomic.Bool  // something that was heard could not be taken in
	heard  atomic.Int64 // when the last heartbeat that came back was sent, as a time.Duration since begun
	first  func()       // says that one came back
}

// Listen tells the hearer of changes until ctx ends. An error is that of the first Reload, of the connection, or of a pooler that lets no
// notifications through.
func (s *Store) Listen(ctx context.Context, hearer Hearer) (*Listener, error) {
	connector, err := newConnector(s.dsn)
	if err != nil {
		return nil, err
	}
	connector.Dialer(dialer{patience: patience})
	felt := make(chan struct{})
	l := &Listener{
		Hearer: hearer, store: s, heart: sqlx.NewDb(bound(sql.OpenDB(connector)), "postgres"),
		pulse: "gatehouse_pulse_" + rand.Text(), begun: hearer.Now(), first: sync.OnceFunc(func() { close(felt) }),
	}
	l.heart.SetMaxOpenConns(1)
	l.pq = pq.NewDialListener(dialer{patience: silence}, s.dsn, 50*time.Millisecond, 2*time.Second, l.event)
	context.AfterFunc(ctx, l.close) // which ends pq's Listen as well: it waits for a connection for ever
	if err := l.begin(ctx, felt); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *Listener) close() {
	_ = l.pq.Close()
	_ = l.heart.Close()
}

// begin listens, then reads everything, so that nothing falls between, and waits until it hears itself.
func (l *Listener) begin(ctx context.Context, felt <-chan struct{}) error {
	for _, name := range []string{channel, l.pulse} {
		if err := l.pq.Listen(name); err != nil {
			return known(err)
		}
	}
	if err := l.Reload(ctx); err != nil {
		return err
	}
	go l.run(ctx)
	go l.beat(ctx)
	go l.readKeys(ctx)
	select {
	case <-felt:
		return nil
	case <-ctx.Done():
		return known(ctx.Err())
	case <-time.After(firstBeat):
		return errors.New("the database's notifications don't arrive; use a direct connection or one that is pooled by session")
	}
}

// Hearing reports whether every change up to now, less deafAfter, was heard of. To have read everything again is not enough where the
// connection is still lost: what happens next would not be heard.
func (l *Listener) Hearing() bool {
	return !l.behind.Load() && l.mended.Load() == l.lost.Load() && l.Lag() < deafAfter
}

// Lag is how long ago the last heartbeat that came back was sent: nothing that was committed before is unknown here.
func (l *Listener) Lag() time.Duration { return l.age() - time.Duration(l.heard.Load()) }

// age is for how long there has been this listener.
func (l *Listener) age() time.Duration { return l.Now().Sub(l.begun) }

func (l *Listener) event(event pq.ListenerEventType, err error) {
	if event == pq.ListenerEventDisconnected {
		l.lost.Add(1)
	}
	if err != nil {
		l.Fault(err)
	}
}

// beat sends heartbeats until ctx ends. They take the way of every change: through the queue of the database, in which they stand behind all
// that was committed before.
func (l *Listener) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for heard := true; ; {
		l.send(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := l.Hearing(); now != heard && ctx.Err() == nil {
			heard = now
			l.Turned(now)
		}
	}
}

// readKeys has the signing keys read again and again while the listener is deaf. All else that it misses is looked up for each request; a key
// that is trusted no more would not be.
func (l *Listener) readKeys(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !l.Hearing() {
			_ = l.Keys(ctx) // if it fails, the requests do
		}
	}
}

// send sends one heartbeat. That it fails shows by its not coming back. It need not survive a crash, so nobody waits for the disk.
func (l *Listener) send(ctx context.Context) {
	const query = `SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, $2)`

	ctx, cancel := context.WithTimeout(ctx, deafAfter)
	defer cancel()
	_, _ = l.heart.ExecContext(ctx, query, l.pulse, strconv.FormatInt(int64(l.age()), 10))
}

func (l *Listener) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case n, open := <-l.pq.Notify:
			if !open {
				return
			}
			if err := l.hear(ctx, n); err != nil && ctx.Err() == nil {
				l.behind.Store(true)
				l.Fault(err)
				l.recover(ctx)
			}
			if n == nil {
				l.mended.Add(1)
			}
		}
	}
}

// hear takes in one notification; nil is the driver's word that the connection was lost and is there again.
func (l *Listener) hear(ctx context.Context, n *pq.Notification) error {
	switch {
	case n == nil:
		return l.Reload(ctx)
	case n.Channel == l.pulse:
		return l.felt(n.Extra)
	}
	var seqs [2]int64
	if err := json.Unmarshal([]byte(n.Extra), &seqs); err != nil {
		return err
	}
	changes, err := l.store.between(ctx, seqs[0], seqs[1])
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Keys {
			if err := l.Keys(ctx); err != nil {
				return err
			}
		}
		l.Apply(c)
	}
	return nil
}

// felt takes in a heartbeat that came back.
func (l *Listener) felt(sent string) error {
	at, err := strconv.ParseInt(sent, 10, 64)
	if err != nil {
		return err
	}
	l.heard.Store(at)
	l.first()
	return nil
}

// recover reads everything again until that succeeds.
func (l *Listener) recover(ctx context.Context) {
	pause := time.NewTicker(beatEvery)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
			if l.Reload(ctx) == nil {
				l.behind.Store(false)
				return
			}
		}
	}
}
