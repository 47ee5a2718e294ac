package edge

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
)

// TestTooManyRequests fills the places with requests whose bodies are still on their way. The next one is told to come back, and the paths that a
// balancer asks are not; when there is room again, all is as before.
func TestTooManyRequests(t *testing.T) {
	s := start(t, "MAX_REQUESTS_IN_FLIGHT=2", "CORS_ORIGINS=http://localhost:3000")
	address := s.socket(t, nil)
	slow := []*line{dial(t, address), dial(t, address)}
	whole := posting(askTypename)
	for _, l := range slow {
		if _, err := io.WriteString(l, whole[:len(whole)-1]); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all places are taken", func() bool { return s.room.taken.Load() == 2 })
	for _, accept := range []string{"application/json", "application/graphql-response+json"} {
		r, body := askRaw(t, address, posting(askTypename, "Accept: "+accept+"\r\n", "Origin: http://localhost:3000\r\n"))
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" || r.Header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%d %v", r.StatusCode, r.Header)
		}
		if r.Header.Get("Content-Type") != accept+"; charset=utf-8" {
			t.Errorf("Content-Type = %q, want %s", r.Header.Get("Content-Type"), accept)
		}
		want(t, replyOf(t, r.StatusCode, r.Header, []byte(body)), "UNAVAILABLE")
		wantFixed(t, s, r)
	}
	for _, path := range []string{"/healthz", "/readyz", "/.well-known/jwks.json"} {
		if r, body := askRaw(t, address, "GET "+path+" HTTP/1.1\r\nHost: id.example.com\r\n\r\n"); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.StatusCode, body)
		}
	}
	for _, l := range slow {
		if _, err := io.WriteString(l, whole[len(whole)-1:]); err != nil {
			t.Fatal(err)
		}
		if r, body := l.answer(t); r.StatusCode != http.StatusOK {
			t.Errorf("a request that had its place: %d %s", r.StatusCode, body)
		}
	}
	eventually(t, "all places are free", func() bool { return s.room.taken.Load() == 0 })
	if r, body := askRaw(t, address, whole); r.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d %s", r.StatusCode, body)
	}
	if log := s.log.String(); s.room.shed.Load() != 2 || strings.Count(log, "MAX_REQUESTS_IN_FLIGHT") != 1 {
		t.Errorf("%d were sent away, which is not logged once: %s", s.room.shed.Load(), log)
	}
}

// TestRoom: a large body takes more places, and large ones together no more than half of them.
func TestRoom(t *testing.T) {
	const small, large = 100, 40 << 10 // of 1 and of 3 places
	tests := []struct {
		name   string
		places int64
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
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := &room{places: tt.places, body: 80 << 10, log: slog.New(slog.DiscardHandler)}
			entered, leave := make(chan struct{}), make(chan struct{})
			within := int64(0) // places that those inside take
			h := m.bound(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-leave }),
				http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					if taken := m.taken.Load(); taken != within {
						t.Errorf("%d places are taken while a request is refused; want %d", taken, within)
					}
				}))
			begin := func(size int64) chan int {
				r := httptest.NewRequest(http.MethodPost, "/graphql", http.NoBody)
				r.ContentLength = size
				done, w := make(chan int, 1), httptest.NewRecorder()
				go func() { h.ServeHTTP(w, r); done <- w.Code }()
				return done
			}
			for _, size := range tt.inside {
				begin(size)
				<-entered
			}
			within = m.taken.Load()
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

// TestTooManyConnections opens one connection too many. It is told so, with what it asks or without; when one of the others is closed there is
// a place again.
func TestTooManyConnections(t *testing.T) {
	metrics := "127.0.0.1:" + freePort(t)
	s := start(t, "MAX_CONNECTIONS=2", "METRICS_ADDR="+metrics)
	counted := func(open, refused string) {
		t.Helper()
		got := scrape(t, metrics)
		if got["gatehouse_connections"] != open || got["gatehouse_connections_refused_total"] != refused {
			t.Errorf("%s connections, %s refused; want %s and %s", got["gatehouse_connections"], got["gatehouse_connections_refused_total"], open, refused)
		}
	}
	counted("0", "0")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, s.edge, listener, s.deployment) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	health := "GET /healthz HTTP/1.1\r\nHost: id.example.com\r\n\r\n"
	open := []*line{dial(t, listener.Addr().String()), dial(t, listener.Addr().String())}
	for _, l := range open {
		if _, err := io.WriteString(l, health); err != nil {
			t.Fatal(err)
		}
		if r, body := l.answer(t); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, body)
		}
	}
	counted("2", "0")
	if strings.Contains(s.log.String(), "MAX_CONNECTIONS") {
		t.Error("a warning before there are too many")
	}
	for range 2 {
		third := dial(t, listener.Addr().String())
		r, body := third.answer(t)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" || !r.Close || body != "too many connections\n" {
			t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
		}
		third.wantEnded(t)
	}
	counted("2", "2")
	if log := s.log.String(); !strings.Contains(log, "more connections at once than MAX_CONNECTIONS") {
		t.Errorf("nothing says that connections are refused: %s", log)
	}
	_ = open[0].Close()
	eventually(t, "there is a place again", func() bool {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return false
		}
		defer conn.Close()
		answer := bytes.Buffer{}
		_, err = io.WriteString(conn, strings.Replace(health, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
		_, _ = io.Copy(&answer, conn)
		return err == nil && strings.HasPrefix(answer.String(), "HTTP/1.1 200 ")
	})
}

// A warning comes back after ten seconds, however many there are to warn of.
func TestSeldom(t *testing.T) {
	var s seldom
	begun := time.Now()
	for _, tt := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {0, false}, {9 * time.Second, false}, {11 * time.Second, true}, {11 * time.Second, false}, {20 * time.Second, false}, {30 * time.Second, true}} {
		if got := s.due(begun.Add(tt.after)); got != tt.want {
			t.Errorf("due after %v: %v", tt.after, got)
		}
	}
}

func TestShedSettings(t *testing.T) {
	for _, name := range []string{"MAX_REQUESTS_IN_FLIGHT", "MAX_CONNECTIONS"} {
		for value, want := range map[string]string{"0": name + " must be from 1 to", "2000000": name + " must be from 1 to", "many": name + " must be a whole number", "1": ""} {
			_, err := readSettings([]string{name + "=" + value}, os.DevNull)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s=%s: %v; want %q", name, value, err, want)
			}
		}
	}
}
