//go:build linux

package ha_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// An outage is how long nothing could be written around a fault.
type outage struct {
	fault       string
	from, until time.Duration // the fault, and when all was well again
	database    time.Duration // in which the database could not be written
	replicas    []time.Duration
	viewers     []time.Duration // in which viewer was unavailable
}

// String is the outage in words.
func (o outage) String() string {
	return fmt.Sprintf("%s: the database could not be written for %v, the replicas wrote nothing for %s, viewer was unavailable for %s",
		o.fault, short(o.database), shorts(o.replicas), shorts(o.viewers))
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Millisecond) }

func shorts(all []time.Duration) string {
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = short(d).String()
	}
	return strings.Join(texts, ", ")
}

// wrote is when the replica last wrote something.
func (d *deployment) wrote(p *process.Process) (last time.Duration) {
	d.record.mu.Lock()
	defer d.record.mu.Unlock()
	for i := len(d.record.written) - 1; i >= 0; i-- {
		if w := d.record.written[i]; w.process == p {
			return w.at
		}
	}
	return 0
}

// measure fills in how long the outage took.
func (d *deployment) measure(o *outage) {
	d.database.mu.Lock()
	o.database = gap(slices.Clone(d.database.written), o.from, o.until)
	d.database.mu.Unlock()
	for i, p := range d.replicas {
		var moments []time.Duration
		d.record.mu.Lock()
		for _, w := range d.record.written {
			if w.process == p {
				moments = append(moments, w.at)
			}
		}
		d.record.mu.Unlock()
		o.replicas = append(o.replicas, gap(moments, o.from, o.until))
		o.viewers = append(o.viewers, d.watchers[i].unavailable(o.from, o.until))
	}
}

// unavailable is the time from the first to the last refusal between two moments.
func (w *watcher) unavailable(from, until time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var first, last time.Duration
	for _, r := range w.refused {
		if r.back < from || r.sent > until {
			continue
		}
		if first == 0 {
			first = r.sent
		}
		last = r.back
	}
	return last - first
}

// report logs a table of the outages, in Markdown: for each fault the median and the worst.
func report(t *testing.T, outages []outage) {
	t.Helper()
	byFault := map[string][]outage{}
	for _, o := range outages {
		byFault[o.fault] = append(byFault[o.fault], o)
		byFault["all"] = append(byFault["all"], o)
	}
	var table strings.Builder
	for _, f := range append(faults(), fault{name: "all"}) {
		all := byFault[f.name]
		if len(all) == 0 {
			continue
		}
		over := func(of func(outage) time.Duration) string {
			durations := make([]time.Duration, len(all))
			for i, o := range all {
				durations[i] = of(o)
			}
			slices.Sort(durations)
			return fmt.Sprintf("%.1f s, %.1f s", durations[len(durations)/2].Seconds(), durations[len(durations)-1].Seconds())
		}
		fmt.Fprintf(&table, "| %s | %d | %s | %s | %s |\n", f.name, len(all),
			over(func(o outage) time.Duration { return slices.Max(o.replicas) }),
			over(func(o outage) time.Duration { return o.database }),
			over(func(o outage) time.Duration { return slices.Max(o.viewers) }))
	}
	t.Logf("median and worst time without writes of the service, without writes of the database, and without viewer:\n%s", &table)
}
