package edge

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A buffer is a log that several goroutines may use.
type buffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// TestConnLimiter opens more connections than allowed. They are told so, with a
// request or without; when another one is closed there is a place again.
func TestConnLimiter(t *testing.T) {
	log := &buffer{}
	limiter := NewConnLimiter(2, slog.New(slog.NewTextHandler(log, nil)), time.Now)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusOK, "ok") }), slog.New(slog.DiscardHandler))
	go func() { _ = server.Serve(limiter.Listener(inner)) }()
	t.Cleanup(func() { _ = server.Close() })
	const request = "GET / HTTP/1.1\r\nHost: id.example.com\r\n\r\n"
	open := make([]net.Conn, 2)
	for i := range open {
		var in *bufio.Reader
		open[i], in = dial(t, inner.Addr().String())
		if _, err := io.WriteString(open[i], request); err != nil {
			t.Fatal(err)
		}
		if r, body := answer(t, in); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, body)
		}
	}
	if limiter.Open() != 2 || limiter.Refused() != 0 || log.String() != "" {
		t.Errorf("%d open, %d refused: %s", limiter.Open(), limiter.Refused(), log)
	}
	for range 2 {
		_, in := dial(t, inner.Addr().String())
		r, body := answer(t, in)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") != "1" || !r.Close || body != "too many connections\n" {
			t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
		}
		if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("the connection goes on: %q, %v", rest, err)
		}
	}
	if limiter.Open() != 2 || limiter.Refused() != 2 || strings.Count(log.String(), "MAX_CONNECTIONS") != 1 {
		t.Errorf("%d open, %d refused: %s", limiter.Open(), limiter.Refused(), log)
	}
	_ = open[0].Close()
	deadline := time.Now().Add(patience)
	for served := false; !served; {
		if time.Now().After(deadline) {
			t.Fatal("there is never a place again")
		}
		conn, in := dial(t, inner.Addr().String())
		_, _ = io.WriteString(conn, request)
		r, err := http.ReadResponse(in, nil)
		served = err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
		_ = conn.Close()
	}
}
