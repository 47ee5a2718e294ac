package observe

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/VictoriaMetrics/metrics"
)

// A family is the series of one metric. Each has a set of its own, because the
// library writes no help texts.
type family struct {
	name, help, kind string
	set              *metrics.Set
}

func newFamily(name, help, kind string) *family {
	return &family{name, help, kind, metrics.NewSet()}
}

// write appends the family in Prometheus's text format, unless it has no series.
func (f *family) write(b *bytes.Buffer) {
	head := b.Len()
	fmt.Fprintf(b, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, f.kind)
	series := b.Len()
	if f.set.WritePrometheus(b); b.Len() == series {
		b.Truncate(head)
	}
}

// values are the values of up to three labels.
type values [3]string

// A vector is a family with labels. Its series begin when they are first used.
type vector[M any] struct {
	*family
	labels []string
	create func(series string) *M

	mu     sync.RWMutex
	series map[values]*M
}

func newVector[M any](f *family, create func(series string) *M, labels ...string) *vector[M] {
	return &vector[M]{family: f, labels: labels, create: create, series: map[values]*M{}}
}

// counters returns a family of counters with labels.
func counters(name, help string, labels ...string) *vector[metrics.Counter] {
	f := newFamily(name, help, "counter")
	return newVector(f, f.set.GetOrCreateCounter, labels...)
}

// of returns the series with these values, which must not contain quotes.
func (v *vector[M]) of(of values) *M {
	v.mu.RLock()
	m := v.series[of]
	v.mu.RUnlock()
	if m != nil {
		return m
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.series[of] == nil {
		v.series[of] = v.create(v.named(of))
	}
	return v.series[of]
}

// named returns the name of a series with its labels.
func (v *vector[M]) named(of values) string {
	pairs := make([]string, len(v.labels))
	for i, label := range v.labels {
		pairs[i] = label + "=" + strconv.Quote(of[i])
	}
	return v.name + "{" + strings.Join(pairs, ",") + "}"
}
