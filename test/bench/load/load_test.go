package load

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Each source has its share, spread over a hundred requests.
func TestMixture(t *testing.T) {
	source := func(name string) Source { return NewCycle(1, Errors, Request{Body: name}) }
	m := NewMixture(1, Share{source("a"), 80}, Share{source("b"), 15}, Share{source("c"), 4}, Share{source("d"), 1})
	counts := map[string]int{}
	longest, run, last := 0, 0, ""
	for range 200 {
		body := m.Next(0).Body
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
	if err := m.Answered(0, []byte(`{"errors":[]}`)); err == nil {
		t.Error("the answer was not checked")
	}
}

// Workers start at different requests, and send all of them.
func TestCycle(t *testing.T) {
	c := NewCycle(2, "", Request{Body: "0"}, Request{Body: "1"}, Request{Body: "2"}, Request{Body: "3"})
	var got []string
	for _, worker := range []int{0, 1, 0, 0, 0, 1} {
		got = append(got, c.Next(worker).Body)
	}
	if want := []string{"1", "3", "2", "3", "0", "0"}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// A wrong answer is an error, not a fast request.
func TestOwn(t *testing.T) {
	const query = `{ viewer { id roles scopes } }`
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
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Query != query || r.Header.Get("Authorization") != "Bearer token" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer server.Close()
			got, err := Own(t.Context(), server.URL, NewCycle(2, Errors, Operation("token", query, nil)), 2, 20*time.Millisecond)
			if (err == nil) != tt.good {
				t.Errorf("error = %v", err)
			}
			if got.Requests != int(asked.Load()) || got.Requests == 0 {
				t.Errorf("%d requests, the server counted %d", got.Requests, asked.Load())
			}
		})
	}
}

// slow takes a second for the first answer, and no time for others.
type slow struct{ once sync.Once }

func (s *slow) Next(int) Request { return Request{} }

func (s *slow) Answered(int, []byte) error {
	s.once.Do(func() { time.Sleep(time.Second) })
	return nil
}

// While one request occupies the only worker for a second, the waiting time of due requests counts.
func TestOpenCountsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		got, err := paced(t.Context(), 1, 10, 2*time.Second, func(worker int) error { return s.Answered(worker, nil) })
		if err != nil || got.Requests != 20 {
			t.Fatalf("%d requests, %v; want 20", got.Requests, err)
		}
		// Due at 0, 100, ... 900 ms, and answered at 1 s: they took 1000, 900, ... 100 ms.
		if got.P50 != 100 || got.P999 != 1000 || got.Elapsed != 2*time.Second {
			t.Errorf("p50 %v ms, p99.9 %v ms, in %v", got.P50, got.P999, got.Elapsed)
		}
	})
}
