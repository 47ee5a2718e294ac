package main

import (
	"slices"
	"strings"
	"testing"
)

// A session's next request has the token from its last answer. Workers share no session.
func TestChain(t *testing.T) {
	c := newChain(2, []*link{{"a0"}, {"b0"}, {"c0"}})
	sent := func(worker int) string { return c.Next(worker).Body }
	if first := sent(0); !strings.Contains(first, `"c0"`) {
		t.Fatalf("worker 0 sends %s", first)
	}
	if err := c.Answered(0, []byte(`{"data":{"refresh":{"accessToken":"x","refreshToken":"c1"}}}`)); err != nil {
		t.Fatal(err)
	}
	if got := []string{sent(1), sent(0), sent(0)}; !strings.Contains(got[0], `"b0"`) || !strings.Contains(got[1], `"a0"`) || !strings.Contains(got[2], `"c1"`) {
		t.Errorf("then they send %q", got)
	}
	if err := c.Answered(0, []byte(`{"errors":[{"message":"no"}]}`)); err == nil {
		t.Error("an error was accepted as an answer")
	}
}

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
