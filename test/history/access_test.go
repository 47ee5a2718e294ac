package history

import (
	"testing"
	"time"

	"gatehouse/test/harness/process"
)

// TestCheckAccess checks access tokens whose verdict is obvious.
func TestCheckAccess(t *testing.T) {
	here, there := &process.Process{}, &process.Process{}
	logout := Operation{Act: Logout, Process: here, Call: time.Second, Back: 2 * time.Second}
	lost := Operation{Act: Logout, Process: here, Call: time.Second, Back: Never}
	me := func(p *process.Process, call time.Duration, code string) Operation {
		return Operation{Act: Me, Process: p, Call: call, Back: call + time.Millisecond, Code: code}
	}
	const out = "UNAUTHENTICATED"
	tests := []struct {
		name   string
		end, o Operation
		right  bool
	}{
		{"accepted before", logout, me(here, 0, ""), true},
		{"refused before", logout, me(here, 0, out), false},
		{"refused during", logout, me(there, time.Second, out), true},
		{"accepted for a while by another replica", logout, me(there, 2900*time.Millisecond, ""), true},
		{"accepted for a while by the same replica", logout, me(here, 2100*time.Millisecond, ""), false},
		{"accepted for too long", logout, me(there, 3100*time.Millisecond, ""), false},
		{"refused later", logout, me(there, 3100*time.Millisecond, out), true},
		{"no answer after a logout", logout, me(there, 3100*time.Millisecond, "UNAVAILABLE"), true},
		{"accepted after a logout that did not happen", lost, me(there, time.Hour, ""), true},
		{"refused after a logout that happened", lost, me(there, time.Hour, out), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, faults := CheckAccess([]Operation{tt.end, tt.o}); (len(faults) == 0) != tt.right {
				t.Errorf("faults: %q", faults)
			}
		})
	}
}
