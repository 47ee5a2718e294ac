package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"gatehouse/auth"
	"gatehouse/store"
	"gatehouse/store/storetest"
)

// TestTracedStatements runs a statement with two values, one of which PostgreSQL refuses
// and quotes. No span has a value or the error. A statement outside of a trace makes no
// span.
func TestTracedStatements(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	s, err := store.Open(t.Context(), storetest.DSN(t), store.Options{Tracer: provider})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const unknownID = "0190b0a5-3c4f-7d2e-8a11-5f0c2b7e9d63"
	run := func(ctx context.Context) {
		if _, err := s.User(ctx, "hunter2"); err == nil {
			t.Fatal("hunter2 is an id")
		}
		if _, err := s.User(ctx, unknownID); !errors.Is(err, auth.ErrNotFound) {
			t.Fatal(err)
		}
	}
	run(t.Context())
	if n := len(spans.Ended()); n != 0 {
		t.Errorf("%d spans of no trace", n)
	}
	ctx, parent := provider.Tracer("").Start(t.Context(), "request")
	run(ctx)
	parent.End()
	ran := 0
	for _, span := range spans.Ended() {
		text := fmt.Sprint(span.Attributes(), span.Events(), span.Status())
		if strings.Contains(text, "FROM users") {
			ran++
		}
		for _, value := range []string{"hunter2", "invalid input", unknownID} {
			if strings.Contains(text, value) {
				t.Errorf("%s has %q: %s", span.Name(), value, text)
			}
		}
	}
	if ran != 2 {
		t.Errorf("%d spans with the statement; want one for each time it ran", ran)
	}
}
