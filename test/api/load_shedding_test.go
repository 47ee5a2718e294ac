package api_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// TestTooManyRequests fills all places with requests whose bodies are still on
// their way. The next request is answered 503, but not on the paths a load
// balancer asks. When there is room again, requests are answered as before.
func TestTooManyRequests(t *testing.T) {
	metrics := harness.FreeAddress(t)
	s := harness.Start(t, "MAX_REQUESTS_IN_FLIGHT=2", "CORS_ORIGINS=http://localhost:3000", "METRICS_ADDR="+metrics)
	taken := func(n string) func() bool {
		return func() bool { return harness.Scrape(t, metrics)["gatehouse_requests_in_flight"] == n }
	}
	address := listen(t, s, unchanged)
	slow := []*harness.Conn{harness.Dial(t, address), harness.Dial(t, address)}
	whole := posting(typenameBody)
	for _, l := range slow {
		l.Text(t, whole[:len(whole)-1])
	}
	harness.Eventually(t, "all places are taken", taken("2"))
	for _, accept := range []string{"application/json", "application/graphql-response+json"} {
		r, body := harness.AskRaw(t, address, posting(typenameBody, "Accept: "+accept+"\r\n", "Origin: http://localhost:3000\r\n"))
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" || r.Header.Get("Access-Control-Allow-Origin") == "" {
			t.Errorf("%d %v", r.StatusCode, r.Header)
		}
		if r.Header.Get("Content-Type") != accept+"; charset=utf-8" {
			t.Errorf("Content-Type = %q, want %s", r.Header.Get("Content-Type"), accept)
		}
		reply, err := harness.ParseReply(r.StatusCode, r.Header, []byte(body))
		if err != nil {
			t.Error(err)
		}
		reply.Want(t, "UNAVAILABLE")
		wantFixed(t, s, r)
	}
	for _, path := range []string{"/healthz", "/readyz", "/.well-known/jwks.json", "/.well-known/oauth-authorization-server"} {
		if r, body := harness.AskRaw(t, address, "GET "+path+" HTTP/1.1\r\nHost: id.example.com\r\n\r\n"); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", path, r.StatusCode, body)
		}
	}
	for _, l := range slow {
		l.Text(t, whole[len(whole)-1:])
		if r, body := l.Answer(t); r.StatusCode != http.StatusOK {
			t.Errorf("a request that had a place: %d %s", r.StatusCode, body)
		}
	}
	harness.Eventually(t, "all places are free", taken("0"))
	if r, body := harness.AskRaw(t, address, whole); r.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d %s", r.StatusCode, body)
	}
	shed := harness.Scrape(t, metrics)["gatehouse_requests_shed_total"]
	if log := s.Log.String(); shed != "2" || strings.Count(log, "MAX_REQUESTS_IN_FLIGHT") != 1 {
		t.Errorf("%s requests were refused, which is not logged once: %s", shed, log)
	}
}

// TestTooManyConnections opens more connections than allowed. They are answered
// 503, even without a request. When another one is closed there is room again.
func TestTooManyConnections(t *testing.T) {
	metrics := harness.FreeAddress(t)
	s := harness.Start(t, "MAX_CONNECTIONS=2", "METRICS_ADDR="+metrics)
	counted := func(open, refused string) {
		t.Helper()
		got := harness.Scrape(t, metrics)
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
	go func() { ended <- s.Server().Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	health := "GET /healthz HTTP/1.1\r\nHost: id.example.com\r\n\r\n"
	open := []*harness.Conn{harness.Dial(t, listener.Addr().String()), harness.Dial(t, listener.Addr().String())}
	for _, l := range open {
		l.Text(t, health)
		if r, body := l.Answer(t); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, body)
		}
	}
	counted("2", "0")
	if strings.Contains(s.Log.String(), "MAX_CONNECTIONS") {
		t.Error("a warning before the limit is reached")
	}
	for range 2 {
		third := harness.Dial(t, listener.Addr().String())
		r, body := third.Answer(t)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" || !r.Close || body != "too many connections\n" {
			t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
		}
		third.WantEnd(t)
	}
	counted("2", "2")
	if log := s.Log.String(); !strings.Contains(log, "more connections at once than MAX_CONNECTIONS") {
		t.Errorf("the log does not say that connections are refused: %s", log)
	}
	_ = open[0].Close()
	harness.Eventually(t, "there is room again", func() bool {
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
