package persisted

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// A flood of documents that are used once stays within the bounds, and a document
// that is used again stays.
func TestQueriesAreBounded(t *testing.T) {
	for name, pad := range map[string]int{"many": 0, "large": 8000} {
		t.Run(name, func(t *testing.T) {
			q, err := newAutomatic()
			if err != nil {
				t.Fatal(err)
			}
			keep := func(text string) { q.keep(hashOf(text), text) }
			text := func(i int) string { return fmt.Sprintf("{ a%d: __typename } #%s", i, strings.Repeat("x", pad)) }
			keep(`{ __typename }`)
			for i := range automaticDocuments + 100 {
				keep(text(i))
				if i%50 == 0 {
					if _, ok := q.text(hashOf(`{ __typename }`)); !ok {
						t.Fatalf("after %d", i)
					}
				}
			}
			total := 0
			for _, text := range q.kept.Values() {
				total += len(text)
			}
			if q.kept.Len() > automaticDocuments || total > automaticBytes || total != q.bytes {
				t.Errorf("%d texts of %d bytes are kept, counted as %d", q.kept.Len(), total, q.bytes)
			}
			if full := map[string]bool{"many": q.kept.Len() == automaticDocuments, "large": total > automaticBytes-9000}; !full[name] {
				t.Errorf("only %d texts of %d bytes are kept", q.kept.Len(), total)
			}
			if _, ok := q.text(hashOf(text(0))); ok {
				t.Error("the oldest is kept")
			}
		})
	}
}

// It is safe for concurrent use.
func TestQueriesAtOnce(t *testing.T) {
	q, err := newAutomatic()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 500 {
				text := strings.Repeat("x", i*10)
				q.keep(hashOf(text), text)
				if got, ok := q.text(hashOf(text)); ok && got != text {
					t.Errorf("a text of %d bytes for one of %d", len(got), len(text))
				}
			}
		})
	}
	all.Wait()
	if q.bytes > automaticBytes {
		t.Errorf("%d bytes are kept", q.bytes)
	}
}
