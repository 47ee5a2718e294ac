//go:build linux

package ha_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"gatehouse/test/patronitest"
)

// A loss is what a failover lost of what had been answered.
type loss struct {
	refreshes int // of sessions that remain
	logins    int // with all refreshes since
	logouts   int // whose sessions are active again
}

// TestAsynchronous kills a primary that waits for no standby, and reports what is lost:
// what was written in the moments before, or since the standbys were cut off. Nothing
// else is.
func TestAsynchronous(t *testing.T) {
	if !*long {
		t.Skip("run go test ./test/ha -timeout 1h -long")
	}
	c := patronitest.Start(t, patronitest.Options{Asynchronous: true, TTL: ttl()})
	d := deploy(t, c)
	for _, behind := range []time.Duration{2 * time.Second, 0, 2 * time.Second, 0, 2 * time.Second, 0} {
		c.AwaitWhole(t)
		d.begin(t)
		time.Sleep(10 * time.Second)
		primary := c.Primary(t.Context())
		cut := d.since()
		if behind > 0 {
			primary.Detach()
			time.Sleep(behind)
		}
		primary.Kill(t)
		killed := d.since()
		d.end()
		next := c.AwaitOther(t, primary)
		lost := d.lost(t, c.Open(t, next))
		t.Logf("standbys cut off for %v: %d writes answered since, %d in the last second; lost: %d refreshes, %d logins, %d logouts",
			behind, d.writesBetween(cut, killed), d.writesBetween(killed-time.Second, killed), lost.refreshes, lost.logins, lost.logouts)
		if most := d.writesBetween(min(cut, killed-time.Second), killed); lost.refreshes+lost.logins+lost.logouts > most {
			t.Errorf("%+v is lost, and only %d writes were answered", lost, most)
		}
		primary.Attach()
		primary.Start(t)
	}
}

// writesBetween counts the writes that were answered between two moments.
func (d *deployment) writesBetween(from, until time.Duration) (n int) {
	for _, w := range d.record.written {
		if from <= w.at && w.at <= until {
			n++
		}
	}
	return n
}

// lost compares what clients were answered with the rows of their sessions.
func (d *deployment) lost(t *testing.T, db *sql.DB) (l loss) {
	t.Helper()
	for _, c := range d.clients {
		if c.session != 0 {
			counter, _, found := row(t, db, c.access)
			switch {
			case !found:
				l.logins++
			case counter < len(c.tokens)-1:
				l.refreshes += len(c.tokens) - 1 - counter
			}
		}
		if c.gone.session != 0 {
			if _, active, found := row(t, db, c.gone.access); found && active {
				l.logouts++
			}
		}
	}
	return l
}

// row reads the session of an access token. It waits for a database that is still being
// promoted.
func row(t *testing.T, db *sql.DB, access string) (counter int, active, found bool) {
	t.Helper()
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(access, ".")[1])
	var claims struct {
		SID string `json:"sid"`
	}
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = db.QueryRowContext(ctx, `SELECT counter, ended_at IS NULL FROM sessions WHERE id = $1`, claims.SID).Scan(&counter, &active)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		t.Fatal(err)
	}
	return counter, active, err == nil
}
