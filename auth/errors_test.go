package auth

import (
	"fmt"
	"testing"
	"time"
)

// Seconds rounds up.
func TestLimitError(t *testing.T) {
	for after, want := range map[time.Duration]int{1: 1, time.Second: 1, time.Second + 1: 2, time.Minute: 60} {
		e := &LimitError{After: after}
		if e.Seconds() != want || (want > 1) != (e.Error() == fmt.Sprintf("too many attempts; try again in %d seconds", want)) {
			t.Errorf("%s: %d, %q", after, e.Seconds(), e)
		}
	}
}
