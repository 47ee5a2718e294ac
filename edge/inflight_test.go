package edge

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestInFlight: a large body takes more places, and large ones together no more than half of them.
func TestInFlight(t *testing.T) {
	const small, large = 100, 40 << 10 // of 1 and of 3 places
	const compressed = 1 << 20         // marks a small body that is compressed
	tests := []struct {
		name   string
		places int
		inside []int64 // bodies of the requests that are being answered
		size   int64
		want   bool
	}{
		{"the last place", 3, []int64{small, small}, small, true},
		{"no place", 3, []int64{small, small, small}, small, false},
		{"no body", 3, []int64{small, small, small}, 0, false},
		{"a large one alone", 2, nil, large, true},
		{"a large one beside others", 2, []int64{small}, large, false},
		{"large ones, within half", 12, []int64{large}, large, true},
		{"large ones, beyond half", 12, []int64{large, large}, large, false},
		{"a small one beside as many large ones as there may be", 12, []int64{large, large}, small, true},
		{"of unknown size", 12, []int64{small, small}, -1, false},
		{"of unknown size, alone", 12, nil, -1, true},
		{"larger than is read", 12, nil, 1 << 40, true},
		{"compressed", 12, []int64{small, small}, compressed, false},
		{"compressed, alone", 12, nil, compressed, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := NewInFlight(tt.places, 80<<10, slog.New(slog.DiscardHandler), time.Now)
			entered, leave := make(chan struct{}), make(chan struct{})
			within := int64(0) // places that those inside take
			h := f.Limit(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave }),
				http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					if taken := f.Taken(); taken != within {
						t.Errorf("%d places are taken while a request is refused; want %d", taken, within)
					}
				}))
			begin := func(size int64) chan int {
				r := httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody)
				r.ContentLength = size
				if size == compressed {
					r.ContentLength = small
					r.Header.Set("Content-Encoding", "gzip")
				}
				done, w := make(chan int, 1), httptest.NewRecorder()
				go func() { h.ServeHTTP(w, r); done <- w.Code }()
				return done
			}
			for _, size := range tt.inside {
				begin(size)
				<-entered
			}
			within = f.Taken()
			let := false
			select {
			case <-begin(tt.size):
			case <-entered:
				let = true
			}
			close(leave)
			if let != tt.want {
				t.Errorf("let in: %v, want %v", let, tt.want)
			}
		})
	}
}

// TestShed counts and logs what is turned away.
func TestShed(t *testing.T) {
	var log strings.Builder
	f := NewInFlight(0, 80<<10, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
	h := f.Limit(http.NotFoundHandler(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	for range 3 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/graphql", http.NoBody))
		if w.Code != http.StatusServiceUnavailable {
			t.Errorf("status = %d", w.Code)
		}
	}
	if f.Shed() != 3 || f.Taken() != 0 || strings.Count(log.String(), "MAX_REQUESTS_IN_FLIGHT") != 1 {
		t.Errorf("%d were shed, %d places are taken, and the log: %s", f.Shed(), f.Taken(), log.String())
	}
}

// TestSampler: a warning is due again after ten seconds, however many ask.
func TestSampler(t *testing.T) {
	started := time.Now()
	now := started
	s := sampler{now: func() time.Time { return now }}
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {0, false}, {9 * time.Second, false}, {11 * time.Second, true}, {11 * time.Second, false}, {20 * time.Second, false}, {30 * time.Second, true}} {
		now = started.Add(tt.after)
		if got := s.due(); got != tt.want {
			t.Errorf("due after %v: %v", tt.after, got)
		}
	}
}
