package observe

import (
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"gatehouse/graph"
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
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "gatehouse_requests_total" && len(family.GetMetric()) > 2*(operationNames+2) {
			t.Errorf("%d series of requests", len(family.GetMetric()))
		}
	}
	if got := m.operation(graph.Record{Name: "Honest"}); got != "Honest" {
		t.Errorf("a name that has its place is counted as %q", got)
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
