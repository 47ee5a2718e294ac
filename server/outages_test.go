package server

import (
	"testing"
	"time"
)

// TestOutages: for the replay window after an outage, refreshes may be repeated that were
// stored just before it.
func TestOutages(t *testing.T) {
	const window = 10 * time.Second
	type check struct {
		at       time.Duration // in seconds
		writable bool
	}
	tests := []struct {
		name   string
		checks []check
		now    time.Duration
		want   time.Duration
	}{
		{"none", []check{{1, true}, {2, true}}, 3, 0},
		{"it lasts", []check{{1, true}, {2, false}, {9, false}}, 12, 11},
		{"it lasts since the start", []check{{2, false}}, 12, 12},
		{"over", []check{{1, true}, {2, false}, {31, true}}, 31, 30},
		{"within the window after it", []check{{1, true}, {2, false}, {31, true}, {32, true}}, 41, 30},
		{"later", []check{{1, true}, {2, false}, {31, true}, {32, true}}, 42, 0},
		{"another soon", []check{{1, true}, {2, false}, {11, true}, {12, true}, {13, false}, {20, true}}, 25, 19},
		{"another later", []check{{1, true}, {2, false}, {11, true}, {100, true}, {101, false}, {104, true}}, 105, 4},
		{"for hours", []check{{1, true}, {2, false}, {20000, true}}, 20001, 300},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := &outages{}
			for _, c := range tt.checks {
				o.checked(c.at*time.Second, c.writable, window)
			}
			if got := o.extra(tt.now*time.Second, window); got != tt.want*time.Second {
				t.Errorf("%v longer, want %v", got, tt.want*time.Second)
			}
		})
	}
}
