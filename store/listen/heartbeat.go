package listen

import (
	"context"
	"encoding/json"
	"time"
)

// How often a listener sends itself a heartbeat, and how long after the last one that
// came back it is stale. Every replica that is not stale has heard of a change within
// staleAfter, unless its machine slept meanwhile: then as long after it wakes.
const (
	heartbeatEvery = 250 * time.Millisecond
	staleAfter     = 750 * time.Millisecond
)

// Lag returns how long ago the last heartbeat that came back was sent. Every change
// committed before that is known. If the machine's clock was set since, Lag may return
// more.
func (l *Listener) Lag() time.Duration {
	now, sent := l.now(), l.received.Load()
	return max(now.Elapsed-sent.Elapsed, now.Machine-sent.Machine)
}

// A moment is how long a listener has existed. The elapsed time does not contain the
// time for which the machine slept, but the time by the machine's clock does.
type moment struct {
	Elapsed time.Duration `json:"e"`
	Machine time.Duration `json:"m"`
}

func (l *Listener) now() moment {
	now := l.subscriber.Now()
	return moment{now.Sub(l.started), now.Round(0).Sub(l.started.Round(0))}
}

// sendHeartbeats sends heartbeats until ctx ends. They pass through the database's queue
// of notifications as changes do, behind all that was committed before.
func (l *Listener) sendHeartbeats(ctx context.Context) {
	tick := time.NewTicker(heartbeatEvery)
	defer tick.Stop()
	for inSync := true; ; {
		l.sendHeartbeat(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if now := l.InSync(); now != inSync && ctx.Err() == nil {
			inSync = now
			l.subscriber.OnStateChange(now)
		}
	}
}

// sendHeartbeat sends one heartbeat. If that fails, it does not come back. It need not
// survive a crash, so the database does not wait for the disk. The answer compares the
// clocks, and tells if an earlier state of the database was restored: a sequence never
// goes back otherwise.
func (l *Listener) sendHeartbeat(ctx context.Context) {
	const query = `
		SELECT clock_timestamp() AS now, (SELECT last_value FROM changes_seq_seq) AS position,
			set_config('synchronous_commit', 'off', true) AS synchronous, pg_notify($1, $2) AS sent`

	ctx, cancel := context.WithTimeout(ctx, staleAfter)
	defer cancel()
	payload, err := json.Marshal(l.now())
	if err != nil {
		return
	}
	var row struct {
		Now         time.Time `db:"now"`
		Position    int64     `db:"position"`
		Synchronous string    `db:"synchronous"`
		Sent        string    `db:"sent"`
	}
	asked := l.subscriber.Clock.Elapsed()
	if err := l.heartbeats.GetContext(ctx, &row, query, l.heartbeatChannel, string(payload)); err != nil {
		return
	}
	step := l.subscriber.Clock.Measure(asked, l.subscriber.Clock.Elapsed(), row.Now)
	if row.Position < l.position {
		l.behind.Store(true)
		select {
		case l.rewound <- struct{}{}:
		default: // one reload is due anyway
		}
	}
	l.position = row.Position
	l.subscriber.OnMeasured(step)
}

// heartbeatReceived handles a heartbeat that came back.
func (l *Listener) heartbeatReceived(payload string) error {
	sent := new(moment)
	if err := json.Unmarshal([]byte(payload), sent); err != nil {
		return err
	}
	l.received.Store(sent)
	l.first()
	return nil
}
