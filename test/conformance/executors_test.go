package conformance_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gatehouse/graph"
)

// varying matches what differs between two answers to the same operation: ids,
// tokens, API keys, cursors, times and email addresses of test accounts.
var varying = regexp.MustCompile(`[\w-]{8}-[\w-]{4}-[\w-]{4}-[\w-]{4}-[\w-]{12}|"[\w.-]{22,}"|\d{4}-\d\d-\d\dT[\d:.]+Z|user-\d+@|secret=[A-Z2-7]+|"gh_\w+"|"requestId":"[^"]*"`)

// executorsDiffer runs trials by both executors and fails where their answers
// differ: every operation, each by a quarter of the callers. A mutation is given
// to each executor with accounts of its own.
func (w *suite) executorsDiffer(t *testing.T, byDirect, byGqlgen http.Handler) {
	t.Helper()
	differ := 0
	for i, tr := range w.trials() {
		if i%4 > 0 {
			continue
		}
		f := w.prepare(t, tr.class, tr.experiment, tr.own)
		text, variables := f.fill(t, tr.experiment)
		own := serve(t, byDirect, f.token, text, variables)
		if strings.HasPrefix(text, "mutation") {
			f = w.prepare(t, tr.class, tr.experiment, tr.own)
			text, variables = f.fill(t, tr.experiment)
		}
		theirs := serve(t, byGqlgen, f.token, text, variables)
		if own.Status == theirs.Status && varying.ReplaceAllString(own.Body, "*") == varying.ReplaceAllString(theirs.Body, "*") {
			continue
		}
		t.Errorf("%s\ndirect %d %s\ngqlgen %d %s", tr, own.Status, own.Body, theirs.Status, theirs.Body)
		if differ++; differ == 10 {
			return
		}
	}
}

// TestExecutorsAgreeOnService compares the executors on the service's schema.
func TestExecutorsAgreeOnService(t *testing.T) {
	s, w := startService(t)
	byDirect, err := s.starter(t, graph.ExecutorDirect)(w.schema)
	if err != nil {
		t.Fatal(err)
	}
	byGqlgen, err := s.starter(t, graph.ExecutorGqlgen)(w.schema)
	if err != nil {
		t.Fatal(err)
	}
	w.executorsDiffer(t, byDirect, byGqlgen)
}

// TestExecutorsAgreeOnNasty compares them on a schema that is hard to guard.
func TestExecutorsAgreeOnNasty(t *testing.T) {
	s := startNasty(t)
	w := s.suite(t)
	byDirect, err := s.handler(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	s.parts.Executor = graph.ExecutorGqlgen
	byGqlgen, err := s.handler(s.schema)
	if err != nil {
		t.Fatal(err)
	}
	w.executorsDiffer(t, byDirect, byGqlgen)
}
