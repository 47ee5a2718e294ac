package store

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"gatehouse/auth"
)

// A Hearer is told of changes.
type Hearer struct {
	Apply  func(auth.Change)           // for each change; it may be one that is known
	Reload func(context.Context) error // whenever some may have been missed, at first too
	Fault  func(error)                 // what goes wrong later; it is mended without more ado
}

// A Listener hears of the changes that other replicas make.
type Listener struct {
	Hearer
	store *Store
	pq    *pq.Listener

	lost   atomic.Int64 // connections
	mended atomic.Int64 // of those, for which a new one is there and everything was read again
	behind atomic.Bool  // something that was heard could not be taken in
}

// Listen tells the hearer of changes until ctx ends. An error is that of the first Reload, or of the connection.
func (s *Store) Listen(ctx context.Context, hearer Hearer) (*Listener, error) {
	l := &Listener{Hearer: hearer, store: s}
	l.pq = pq.NewListener(s.dsn, 50*time.Millisecond, 2*time.Second, l.event)
	context.AfterFunc(ctx, func() { _ = l.pq.Close() }) // which ends pq's Listen as well: it waits for a connection for ever
	if err := l.pq.Listen(channel); err != nil {
		_ = l.pq.Close()
		return nil, known(err)
	}
	if err := hearer.Reload(ctx); err != nil { // after LISTEN, so that nothing falls between
		_ = l.pq.Close()
		return nil, err
	}
	go l.run(ctx)
	return l, nil
}

// Hearing reports whether every change up to now was heard of. To have read everything again is not enough where the connection is still
// lost: what happens next would not be heard.
func (l *Listener) Hearing() bool { return !l.behind.Load() && l.mended.Load() == l.lost.Load() }

func (l *Listener) event(event pq.ListenerEventType, err error) {
	if event == pq.ListenerEventDisconnected {
		l.lost.Add(1)
	}
	if err != nil {
		l.Fault(err)
	}
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
	if n == nil {
		return l.Reload(ctx)
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
		l.Apply(c)
	}
	return nil
}

// recover reads everything again until that succeeds.
func (l *Listener) recover(ctx context.Context) {
	pause := time.NewTicker(250 * time.Millisecond)
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
