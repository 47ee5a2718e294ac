// Package listen notifies a replica of the changes that all replicas make, through
// PostgreSQL's LISTEN and NOTIFY. A heartbeat through the same channel shows
// whether the replica knows every change.
package listen

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"gatehouse/auth/clock"
	"gatehouse/auth/revocation"
	"gatehouse/store/postgres"
)

// silenceTimeout is how long nothing may arrive, not even a heartbeat, before the
// listening connection is given up for another. A server may freeze or vanish without a
// word; the operating system takes minutes to notice, if it does at all.
const silenceTimeout = 5 * time.Second

// dialTimeout is how long a host may take to accept a connection. One that is cut off is
// silent, and another one may be the primary by now.
const dialTimeout = 3 * time.Second

// How long a listener that lost its connection waits before it connects again, at first
// and at most.
const (
	minRetry = 50 * time.Millisecond
	maxRetry = 500 * time.Millisecond
)

// firstHeartbeatTimeout is how long the first heartbeat may take. After that the
// connection is considered one that delivers no notifications.
const firstHeartbeatTimeout = 5 * time.Second

// A Source is where changes come from.
type Source struct {
	DSN     string // of the database
	Channel string // its payloads are a notification each, in JSON
	Schema  string // of the database; notifications of others are not ours
	// Changes returns the changes whose seq is in the range.
	Changes func(ctx context.Context, first, last int64) ([]revocation.Change, error)
}

// A Subscriber is notified of changes.
type Subscriber struct {
	Apply         func(revocation.Change)                    // for each change, possibly more than once
	Reload        func(context.Context) error                // at first, and whenever changes may have been missed
	ReloadKeys    func(context.Context) error                // when the signing keys have changed, or may have
	ReloadClient  func(ctx context.Context, id string) error // when a client, or with "" a resource has changed
	ReloadClients func(context.Context) error                // when any of them may have
	OnError       func(error)                                // what goes wrong later; the listener recovers by itself
	OnStateChange func(inSync bool)                          // when the listener becomes stale, and when it is in sync again
	OnMeasured    func(step time.Duration)                   // after each heartbeat, with how much Clock was adjusted
	Clock         *clock.Clock                               // measured with each heartbeat
	Now           func() time.Time                           // the machine's
}

// A Listener notifies a Subscriber of the changes that all replicas make.
type Listener struct {
	subscriber       Subscriber
	source           Source
	pq               *pq.Listener
	heartbeats       *sqlx.DB // one connection of its own, so that requests can't delay heartbeats
	heartbeatChannel string
	started          time.Time

	position int64         // the last heartbeat's
	rewound  chan struct{} // receives when an earlier state of the database was restored

	lost     atomic.Int64           // connections
	restored atomic.Int64           // of those, replaced by a new one, after which everything was read again
	behind   atomic.Bool            // a notification could not be processed
	received atomic.Pointer[moment] // when the last heartbeat that came back was sent
	first    func()                 // called when one came back
}

// Start notifies the subscriber of changes until ctx ends. It returns an error if the
// first Reload or the connection fails, or if a pooler lets no notifications through.
func Start(ctx context.Context, source Source, subscriber Subscriber) (*Listener, error) {
	heartbeats, err := postgres.Open(source.DSN, 1, nil)
	if err != nil {
		return nil, err
	}
	first := make(chan struct{})
	l := &Listener{
		subscriber: subscriber, source: source, heartbeats: heartbeats,
		heartbeatChannel: "gatehouse_pulse_" + rand.Text(), started: subscriber.Now(), first: sync.OnceFunc(func() { close(first) }),
		rewound: make(chan struct{}, 1),
	}
	l.received.Store(&moment{})
	dialer := postgres.Dialer{Dialer: net.Dialer{Timeout: dialTimeout}, Timeout: silenceTimeout}
	l.pq = pq.NewDialListener(dialer, source.DSN, minRetry, maxRetry, l.event)
	context.AfterFunc(ctx, l.close) // this also ends pq's Listen, which waits for a connection for ever
	if err := l.start(ctx, first); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *Listener) close() {
	_ = l.pq.Close()
	_ = l.heartbeats.Close()
}

// start listens, then reads everything, so that no change is missed in between, and
// waits for the first heartbeat.
func (l *Listener) start(ctx context.Context, first <-chan struct{}) error {
	for _, name := range []string{l.source.Channel, l.heartbeatChannel} {
		if err := l.pq.Listen(name); err != nil {
			return err
		}
	}
	if err := l.subscriber.Reload(ctx); err != nil {
		return err
	}
	go l.run(ctx)
	go l.sendHeartbeats(ctx)
	go l.reloadStale(ctx)
	select {
	case <-first:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(firstHeartbeatTimeout):
		return errors.New("the database's notifications don't arrive; use a direct connection, or a pooler in session mode")
	}
}

// InSync reports whether the subscriber knows every change up to now, minus staleAfter.
// It does not if the connection is lost, even if everything was read again: the next
// change would be missed.
func (l *Listener) InSync() bool {
	return !l.behind.Load() && l.restored.Load() == l.lost.Load() && l.Lag() < staleAfter
}

func (l *Listener) event(event pq.ListenerEventType, err error) {
	if event == pq.ListenerEventDisconnected {
		l.lost.Add(1)
	}
	if err != nil {
		l.subscriber.OnError(err)
	}
}

// reloadStale keeps reloading the signing keys and the clients while the listener is
// stale. Everything else that a stale replica misses is read for each request; a key that
// is no longer trusted, or a client that is disabled, would not be.
func (l *Listener) reloadStale(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !l.InSync() {
			_ = l.subscriber.ReloadKeys(ctx) // if it fails, requests do
			_ = l.subscriber.ReloadClients(ctx)
		}
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
			if err := l.process(ctx, n); err != nil && ctx.Err() == nil {
				l.behind.Store(true)
				l.subscriber.OnError(err)
				l.recover(ctx)
			}
			if n == nil {
				l.restored.Add(1)
			}
		case <-l.rewound:
			l.behind.Store(true) // again: a recovery that ended just now began before
			l.recover(ctx)
		}
	}
}

// process handles one notification. The driver sends nil when it has replaced a lost
// connection.
func (l *Listener) process(ctx context.Context, n *pq.Notification) error {
	switch {
	case n == nil:
		return l.subscriber.Reload(ctx)
	case n.Channel == l.heartbeatChannel:
		return l.heartbeatReceived(n.Extra)
	}
	var first, last int64
	schema := l.source.Schema // replicas of the release before don't name theirs
	if err := json.Unmarshal([]byte(n.Extra), &[]any{&first, &last, &schema}); err != nil {
		return err
	}
	if schema != l.source.Schema {
		return nil
	}
	changes, err := l.source.Changes(ctx, first, last)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Keys {
			if err := l.subscriber.ReloadKeys(ctx); err != nil {
				return err
			}
		}
		if c.Clients {
			if err := l.subscriber.ReloadClient(ctx, c.Client); err != nil {
				return err
			}
		}
		l.subscriber.Apply(c)
	}
	return nil
}

// recover reads everything again until that succeeds.
func (l *Listener) recover(ctx context.Context) {
	pause := time.NewTicker(heartbeatEvery)
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pause.C:
			if l.subscriber.Reload(ctx) == nil {
				l.behind.Store(false)
				return
			}
		}
	}
}
