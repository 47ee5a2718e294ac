package counts

import (
	"fmt"
	"testing"
	"time"

	"gatehouse/auth/attempts"
	"gatehouse/auth/policy"
)

// Memory forgets the least recently used keys, so that it does not grow.
func TestMemoryIsBounded(t *testing.T) {
	m, err := newMemory(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	limit, key := limited(1, time.Hour), func(i int) string { return fmt.Sprint("key ", i) }
	for i := range memoryKeys + 1 {
		m.begin([]policy.Use{{Limit: limit, Key: key(i)}}, attempts.Known(key(i), ""))
	}
	if uses, failures := m.uses.Len(), m.failures.Len(); uses != memoryKeys || failures != memoryKeys {
		t.Errorf("%d uses, %d failures; want %d of each", uses, failures, memoryKeys)
	}
	for i, want := range map[int]int{0: 0, memoryKeys: 1} {
		if got := m.Load(attempts.Known(key(i), "")[0].Key).N; got != want {
			t.Errorf("key %d: %d failures, want %d", i, got, want)
		}
	}
}
