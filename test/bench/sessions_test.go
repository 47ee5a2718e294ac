package main

import (
	"slices"
	"testing"
)

// No session is used twice, and large numbers are spread over all new ones.
func TestSplitSessions(t *testing.T) {
	for _, tt := range []struct{ from, to, each int }{{0, 300, 100}, {1000, 2_000_000, 1000}} {
		s := splitSessions(tt.from, tt.to)
		all := slices.Concat(s.refresh, s.mix, s.crowd)
		slices.Sort(all)
		if len(slices.Compact(slices.Clone(all))) != 3*tt.each || len(s.crowd) != tt.each || all[0] != tt.from || all[len(all)-1] >= tt.to {
			t.Errorf("%+v gives %d, %d, %d from %d to %d", tt, len(s.refresh), len(s.mix), len(s.crowd), all[0], all[len(all)-1])
		}
		if middle := all[len(all)/2]; middle < (tt.from+tt.to)*4/10 || middle > (tt.from+tt.to)*6/10 {
			t.Errorf("%+v has %d in the middle", tt, middle)
		}
	}
}
