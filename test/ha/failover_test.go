//go:build linux

package ha_test

import (
	"testing"
	"time"

	"gatehouse/test/history"
	"gatehouse/test/patronitest"
)

// A fault makes another node the primary. It returns what mends the node before.
type fault struct {
	name   string
	quick  bool // also in a short run
	happen func(t *testing.T, c *patronitest.Cluster, primary *patronitest.Node) (mend func())
}

func faults() []fault {
	return []fault{
		{"killed", false, func(t *testing.T, _ *patronitest.Cluster, primary *patronitest.Node) func() {
			primary.Kill(t)
			return func() { primary.Start(t) }
		}},
		{"cut off from etcd", false, func(_ *testing.T, _ *patronitest.Cluster, primary *patronitest.Node) func() {
			primary.Isolate()
			return primary.Rejoin
		}},
		// Refreshes wait for a standby, and some clients hang up meanwhile.
		{"cut off from its standbys, then killed", true, func(t *testing.T, _ *patronitest.Cluster, primary *patronitest.Node) func() {
			primary.Detach()
			time.Sleep(2 * time.Second)
			primary.Kill(t)
			return func() {
				primary.Attach()
				primary.Start(t)
			}
		}},
		{"disk full", true, func(t *testing.T, c *patronitest.Cluster, primary *patronitest.Node) func() {
			primary.Fill(t, c.Admin(t, primary))
			return func() { primary.Empty(t) }
		}},
		{"switched over", true, func(t *testing.T, c *patronitest.Cluster, primary *patronitest.Node) func() {
			c.Switch(t, primary)
			return func() {}
		}},
	}
}

// TestFailovers loses the primary in each way, four times in a long run, while fifty
// clients log in, refresh, look and log out. No refresh that was answered is lost, none
// has two successors, no session comes back, and no honest client is logged out. A short
// run leaves two of the ways out.
func TestFailovers(t *testing.T) {
	wanted(t)
	c := patronitest.Start(t, patronitest.Options{TTL: ttl()})
	testOnlyStandbys(t, c)
	d := deploy(t, c)
	d.begin(t)
	var outages []outage
	for range rounds(4) {
		for _, f := range faults() {
			if *long || f.quick {
				outages = append(outages, d.failOver(t, f))
			}
		}
	}
	d.end()
	report(t, outages)
	d.judge(t)
}

// rounds is how often a long run does what a short one does once.
func rounds(n int) int {
	if *long {
		return n
	}
	return 1
}

// ttl is the time after which Patroni replaces a primary that is silent. A shorter one
// than in a long run would replace primaries that are only slow.
func ttl() time.Duration {
	if *long {
		return 20 * time.Second
	}
	return 10 * time.Second
}

// failOver lets one fault happen, and waits until all is well again.
func (d *deployment) failOver(t *testing.T, f fault) outage {
	t.Helper()
	d.AwaitWhole(t)
	primary := d.Primary(t.Context())
	if primary == nil {
		t.Fatal("the cluster has no primary")
	}
	o := outage{fault: f.name, from: d.since()}
	mend := f.happen(t, d.Cluster, primary)
	d.AwaitOther(t, primary)
	elected := d.since()
	for _, p := range d.replicas {
		eventually(t, f.name+": every replica writes again", func() bool { return d.wrote(p) > elected })
	}
	for _, w := range d.watchers {
		eventually(t, f.name+": viewer answers again", func() bool { return w.lastAnswer() > elected })
	}
	o.until = d.since()
	mend()
	d.measure(&o)
	t.Log(o)
	return o
}

// judge fails unless the history is that of one machine without faults, where
// UNAVAILABLE may stand for any answer. viewer is UNAVAILABLE while its replica hears no
// changes and the database does not answer, and has no other error.
func (d *deployment) judge(t *testing.T) {
	t.Helper()
	t.Log(history.Census(d.record.history))
	for _, err := range d.record.faults {
		t.Error(err)
	}
	if err := history.Linearizable(d.record.history); err != nil {
		t.Error(err)
	}
	worst, wrong := history.CheckAccess(d.record.history)
	t.Logf("a token of an ended session was accepted for %v at most", worst)
	for _, fault := range wrong {
		t.Error(fault)
	}
	if err := history.CheckMutants(d.record.history); err != nil {
		t.Error(err)
	}
	for i, w := range d.watchers {
		t.Logf("viewer, replica %d: answered %d times, unavailable %d times", i, w.answered, len(w.refused))
		for _, fault := range w.faults {
			t.Errorf("viewer, replica %d: %s", i, fault)
		}
	}
}
