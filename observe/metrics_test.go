package observe

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"gatehouse/graph"
	"gatehouse/graph/persisted"
)

// TestOperationNamesAreBounded: clients choose the names of operations, and yet
// there are never many series.
func TestOperationNamesAreBounded(t *testing.T) {
	m := NewMetrics()
	observe := m.Observer()
	for i := range 3 * operationNames {
		observe.Answered(graph.Record{Name: fmt.Sprint("Fails", i), Codes: []string{"FORBIDDEN"}})
	}
	if got := m.operation(graph.Record{Name: "Honest"}); got != "Honest" {
		t.Errorf("an honest operation is counted as %q: those that fail took its place", got)
	}
	for i := range 3 * operationNames {
		observe.Answered(graph.Record{Name: fmt.Sprint("Works", i)})
	}
	if n := strings.Count(scraped(t, m, ""), "gatehouse_requests_total{"); n < namesPerCaller || n > 2*(operationNames+2) {
		t.Errorf("%d series of requests", n)
	}
	if got := m.operation(graph.Record{Name: "Honest"}); got != "Honest" {
		t.Errorf("a name that has its place is counted as %q", got)
	}
}

// TestStrangersFillNoNames: neither anonymous callers nor a few accounts can take
// the places of others, or those of trusted documents.
func TestStrangersFillNoNames(t *testing.T) {
	m := NewMetrics()
	count := func(caller string, n int) (named int) {
		for i := range n {
			if m.operation(graph.Record{Name: fmt.Sprint(caller, "-", i), Caller: caller}) != "other" {
				named++
			}
		}
		return named
	}
	if n := count("", 3*operationNames); n != namesPerCaller {
		t.Errorf("%d names of anonymous callers, want %d", n, namesPerCaller)
	}
	for i := range 5 {
		if n := count(fmt.Sprint("stranger", i), 3*operationNames); n != namesPerCaller {
			t.Errorf("%d names of one account, want %d", n, namesPerCaller)
		}
	}
	if n := count("honest", 10); n != 10 {
		t.Errorf("%d names of an honest client, want 10", n)
	}
	if got := m.operation(graph.Record{Name: "honest-0"}); got != "honest-0" {
		t.Errorf("a name that has its place is counted as %q for others", got)
	}
	for i := range 20 {
		count(fmt.Sprint("crowd", i), namesPerCaller)
	}
	if m.places != operationNames {
		t.Errorf("%d places are taken, want %d", m.places, operationNames)
	}
	for i := range 2 * operationNames {
		r := graph.Record{Name: fmt.Sprint("Trusted", i), Source: persisted.SourceManifest}
		if got := m.operation(r); got != r.Name {
			t.Fatalf("a trusted document is counted as %q", got)
		}
	}
	if got := m.operation(graph.Record{Name: "Fails", Source: persisted.SourceManifest, Codes: []string{"FORBIDDEN"}}); got != "other" {
		t.Errorf("an operation that fails is counted as %q", got)
	}
}

func TestMetricsAddressIsTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = NewMetrics().Serve(t.Context(), listener.Addr().String(), slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("%v; want that METRICS_ADDR is taken", err)
	}
}
