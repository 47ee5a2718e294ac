package persisted

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A flood of documents that nobody asked for twice takes no more than the room there is, and one that is asked for stays.
func TestQueriesAreBounded(t *testing.T) {
	for name, pad := range map[string]int{"many": 0, "large": 8000} {
		t.Run(name, func(t *testing.T) {
			q, err := newQueries()
			if err != nil {
				t.Fatal(err)
			}
			keep := func(text string) { q.Keep(HashOf(text), text) }
			text := func(i int) string { return fmt.Sprintf("{ a%d: __typename } #%s", i, strings.Repeat("x", pad)) }
			keep(`{ __typename }`)
			for i := range queriesKept + 100 {
				keep(text(i))
				if i%50 == 0 {
					if _, ok := q.Text(HashOf(`{ __typename }`)); !ok {
						t.Fatalf("after %d", i)
					}
				}
			}
			total := 0
			for _, text := range q.kept.Values() {
				total += len(text)
			}
			if q.kept.Len() > queriesKept || total > queriesLimit || total != q.bytes {
				t.Errorf("%d texts of %d bytes are kept, counted as %d", q.kept.Len(), total, q.bytes)
			}
			if full := map[string]bool{"many": q.kept.Len() == queriesKept, "large": total > queriesLimit-9000}; !full[name] {
				t.Errorf("only %d texts of %d bytes are kept", q.kept.Len(), total)
			}
			if _, ok := q.Text(HashOf(text(0))); ok {
				t.Error("the oldest is kept")
			}
		})
	}
}

// Many may ask at once.
func TestQueriesAtOnce(t *testing.T) {
	q, err := newQueries()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 500 {
				text := strings.Repeat("x", i*10)
				q.Keep(HashOf(text), text)
				if got, ok := q.Text(HashOf(text)); ok && got != text {
					t.Errorf("a text of %d bytes for one of %d", len(got), len(text))
				}
			}
		})
	}
	all.Wait()
	if q.bytes > queriesLimit {
		t.Errorf("%d bytes are kept", q.bytes)
	}
}
