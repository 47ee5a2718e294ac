package store_test

import (
	"math"
	"testing"
	"time"

	"gatehouse/auth"
)

// Sessions that are to last for ever, by any measure, are not taken for ones of long ago.
func TestPurgeOfSessionsWithoutAnEnd(t *testing.T) {
	for name, absolute := range map[string]time.Duration{
		"a day": 24 * time.Hour, "a hundred years": 100 * 365 * 24 * time.Hour, "as long as can be said": math.MaxInt64,
	} {
		t.Run(name, func(t *testing.T) {
			r := newReplica(t)
			id := r.user("ada@example.com", "user").ID
			r.login(id)
			n, err := r.Purge(t.Context(), auth.Lifetimes{Idle: time.Hour, Absolute: absolute})
			if err != nil || n != 0 {
				t.Errorf("purged %d, %v; want none", n, err)
			}
			if n := r.living(id); n != 1 {
				t.Errorf("%d sessions go on; want one", n)
			}
		})
	}
}
