package main

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
