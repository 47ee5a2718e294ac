//go:build linux

package ha_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
	"gatehouse/test/patronitest"
)

// requests are sent over as many connections as are needed.
var requests = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}

const clients = 50

// A deployment is a service of three replicas under load.
type deployment struct {
	*patronitest.Cluster
	replicas []*process.Process
	record   *record
	clients  []*client
	watchers []*watcher // one for each replica
	database *dbWatcher // writes to the database directly

	stop context.CancelFunc
	load sync.WaitGroup
}

// deploy starts replicas, the last of them behind HAProxy, and makes the clients'
// accounts.
func deploy(t *testing.T, c *patronitest.Cluster) *deployment {
	t.Helper()
	d := &deployment{Cluster: c, stop: func() {}}
	t.Cleanup(func() { d.end() })
	for _, dsn := range []string{c.DSN(), c.DSN(), c.ProxyDSN(t)} {
		environ := harness.Environ(dsn, "LOG_LEVEL=warn", "ACCESS_TOKEN_TTL=12h", "REFRESH_REPLAY_WINDOW=5m")
		d.replicas = append(d.replicas, harness.Launch(t, harness.Folder(t), environ...).Process)
	}
	harness.Together(3, func(worker int) {
		for i := worker; i < clients; i += 3 {
			d.do(t, i, harness.RegisterOperation, "register")
		}
	})
	return d
}

// begin begins the load, with a new record.
func (d *deployment) begin(t *testing.T) {
	t.Helper()
	var ctx context.Context
	ctx, d.stop = context.WithCancel(context.WithoutCancel(t.Context()))
	d.record, d.clients, d.watchers = &record{begun: time.Now()}, nil, nil
	for i := range clients {
		c := &client{
			number: i, email: email(i), honest: i%3 != 0, patience: process.Patience, fleet: newFleet(d.replicas...), record: d.record,
			random: rand.New(rand.NewPCG(uint64(i), 1)),
		}
		if i%5 == 1 {
			c.patience = time.Second
		}
		d.clients = append(d.clients, c)
		d.load.Go(func() { c.run(ctx) })
	}
	for i, p := range d.replicas {
		w := &watcher{process: p, begun: d.record.begun, access: d.do(t, i, harness.LoginOperation, "login").Access}
		d.watchers = append(d.watchers, w)
		d.load.Go(func() { w.run(ctx) })
	}
	d.database = newDBWatcher(t, d.Cluster, d.record.begun)
	d.load.Go(func() { d.database.run(ctx) })
}

// do opens a session for a client, however long passwords wait to be hashed.
func (d *deployment) do(t *testing.T, i int, operation, field string) (s harness.Session) {
	t.Helper()
	to := &harness.Client{URL: d.replicas[i%len(d.replicas)].URL, HTTP: requests}
	eventually(t, "a session of "+email(i), func() bool {
		r, err := to.Do(t.Context(), nil, harness.Body(operation, harness.Credentials(email(i), harness.AdaPassword)))
		s = r.Session(field)
		return err == nil && (s.Access != "" || r.Code() == "CONFLICT")
	})
	return s
}

func email(i int) string { return fmt.Sprintf("user-%d@example.com", i) }

// end ends the load, and waits for the answers under way.
func (d *deployment) end() {
	d.stop()
	d.load.Wait()
}

// since is the time since the load began.
func (d *deployment) since() time.Duration { return time.Since(d.record.begun) }
