package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A session's next request has the token from its last answer. Workers share no session.
func TestChain(t *testing.T) {
	c := newChain(2, []*link{{"a0"}, {"b0"}, {"c0"}})
	sent := func(worker int) string { return c.next(worker).body }
	if first := sent(0); !strings.Contains(first, `"c0"`) {
		t.Fatalf("worker 0 sends %s", first)
	}
	if err := c.answered(0, []byte(`{"data":{"refresh":{"accessToken":"x","refreshToken":"c1"}}}`)); err != nil {
		t.Fatal(err)
	}
	if got := []string{sent(1), sent(0), sent(0)}; !strings.Contains(got[0], `"b0"`) || !strings.Contains(got[1], `"a0"`) || !strings.Contains(got[2], `"c1"`) {
		t.Errorf("then they send %q", got)
	}
	if err := c.answered(0, []byte(`{"errors":[{"message":"no"}]}`)); err == nil {
		t.Error("an error was accepted as an answer")
	}
}

// Each source has its share, spread over a hundred requests.
func TestMixture(t *testing.T) {
	source := func(name string) source { return newCycle(1, errs, request{body: name}) }
	m := newMixture(1, share{source("a"), 80}, share{source("b"), 15}, share{source("c"), 4}, share{source("d"), 1})
	counts := map[string]int{}
	longest, run, last := 0, 0, ""
	for range 200 {
		body := m.next(0).body
		counts[body]++
		if body != last {
			run = 0
		}
		run, last = run+1, body
		longest = max(longest, run)
	}
	if counts["a"] != 160 || counts["b"] != 30 || counts["c"] != 8 || counts["d"] != 2 {
		t.Errorf("counts = %v", counts)
	}
	if longest > 8 {
		t.Errorf("%d of a kind in a row", longest)
	}
	if err := m.answered(0, []byte(`{"errors":[]}`)); err == nil {
		t.Error("the answer was not checked")
	}
}

// Workers start at different requests, and send all of them.
func TestCycle(t *testing.T) {
	c := newCycle(2, "", request{body: "0"}, request{body: "1"}, request{body: "2"}, request{body: "3"})
	var got []string
	for _, worker := range []int{0, 1, 0, 0, 0, 1} {
		got = append(got, c.next(worker).body)
	}
	if want := []string{"1", "3", "2", "3", "0", "0"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
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

// A wrong answer is an error, not a fast request.
func TestOwn(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		good   bool
	}{
		{"refused", http.StatusTooManyRequests, `{}`, false},
		{"errors", http.StatusOK, `{"errors":[]}`, false},
		{"data", http.StatusOK, `{"data":{}}`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				var sent struct{ Query string }
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Query != viewerQuery || r.Header.Get("Authorization") != "Bearer token" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			got, err := own(t.Context(), server.URL, newCycle(2, errs, operation("token", viewerQuery, nil)), 2, 20*time.Millisecond)
			if (err == nil) != tt.good {
				t.Errorf("error = %v", err)
			}
			if got.requests != int(asked.Load()) || got.requests == 0 {
				t.Errorf("%d requests, the server counted %d", got.requests, asked.Load())
			}
		})
	}
}

// slow takes a second for the first answer, and no time for others.
type slow struct{ once sync.Once }

func (s *slow) next(int) request { return request{} }

func (s *slow) answered(int, []byte) error {
	s.once.Do(func() { time.Sleep(time.Second) })
	return nil
}

// While one request occupies the only worker for a second, the waiting time of due requests counts.
func TestOpenCountsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		got, err := paced(t.Context(), 1, 10, 2*time.Second, func(worker int) error { return s.answered(worker, nil) })
		if err != nil || got.requests != 20 {
			t.Fatalf("%d requests, %v; want 20", got.requests, err)
		}
		// Due at 0, 100, ... 900 ms, and answered at 1 s: they took 1000, 900, ... 100 ms.
		if got.p50 != 100 || got.p999 != 1000 || got.elapsed != 2*time.Second {
			t.Errorf("p50 %v ms, p99.9 %v ms, in %v", got.p50, got.p999, got.elapsed)
		}
	})
}
