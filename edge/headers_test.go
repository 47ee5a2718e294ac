package edge

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long a test waits for what must come. Only a fault takes it
// all.
const patience = 30 * time.Second

// serve serves on a socket of its own with the server's own settings, changed
// by change, and returns its address.
func serve(t *testing.T, h http.Handler, change func(*http.Server)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(h, slog.New(slog.DiscardHandler))
	if change != nil {
		change(server)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// dial opens a connection on which a test writes what no library would.
func dial(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// answer reads the next answer, with its body.
func answer(t *testing.T, in *bufio.Reader) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

// ask sends a request as it stands, and reads its answer.
func ask(t *testing.T, address, request string) (*http.Response, string) {
	t.Helper()
	conn, in := dial(t, address)
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return answer(t, in)
}

// wantFixed fails unless an answer has the headers that every answer has.
func wantFixed(t *testing.T, r *http.Response, secure bool) {
	t.Helper()
	for name, values := range fixedHeaders(secure) {
		if got := r.Header.Values(name); len(got) != 1 || got[0] != values[0] {
			t.Errorf("%d: %s = %q, want %q", r.StatusCode, name, got, values)
		}
	}
	if _, strict := r.Header["Strict-Transport-Security"]; strict != secure {
		t.Errorf("Strict-Transport-Security is there: %v, want %v", strict, secure)
	}
}

// TestHarden sends what may come from any client. Every answer has the fixed
// headers.
func TestHarden(t *testing.T) {
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { Text(w, http.StatusOK, "ok") })
	const end = " HTTP/1.1\r\nHost: id.example.com\r\n"
	more := func(n int) string { return strings.Repeat("X-More: 1\r\n", n) + "\r\n" }
	tests := []struct {
		name, request string
		status        int
		header, value string
	}{
		{"TRACE", "TRACE /graphql" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"CONNECT to a path", "CONNECT /graphql" + end + "\r\n", 405, "Allow", methods},
		{"CONNECT to a host", "CONNECT db.internal:5432" + end + "\r\n", 405, "Allow", methods},
		{"OPTIONS of everything", "OPTIONS *" + end + "\r\n", 204, "Allow", methods},
		{"OPTIONS of a path", "OPTIONS /graphql" + end + "\r\n", 200, "Cache-Control", "no-store"},
		{"one header too many", "GET /" + end + more(headerCount+1), 431, "Cache-Control", "no-store"},
		{"as many headers as allowed", "GET /" + end + more(headerCount), 200, "Cache-Control", "no-store"},
	}
	for _, secure := range []bool{false, true} {
		address := serve(t, Harden(api, secure, slog.New(slog.DiscardHandler)), nil)
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, https %v", tt.name, secure), func(t *testing.T) {
				r, body := ask(t, address, tt.request)
				if r.StatusCode != tt.status || r.Header.Get(tt.header) != tt.value {
					t.Errorf("%d, %s = %q; want %d, %q", r.StatusCode, tt.header, r.Header.Get(tt.header), tt.status, tt.value)
				}
				if strings.Contains(body, "canary") {
					t.Errorf("the answer repeats the request: %s", body)
				}
				wantFixed(t, r, secure)
			})
		}
	}
}

// TestPanic: a panic is answered and logged once, with its stack. Nothing that
// the handler had put into its answer is sent, and the next request is served.
func TestPanic(t *testing.T) {
	var log strings.Builder
	panics := atomic.Bool{}
	panics.Store(true)
	h := Harden(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "refresh", Value: "token"})
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Length", "2")
		if panics.Load() {
			panic("the song of a wren")
		}
		_, _ = w.Write([]byte("ok"))
	}), true, slog.New(slog.NewJSONHandler(&log, nil)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(RequestID, "r-1")
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	const request = "GET / HTTP/1.1\r\nHost: id.example.com\r\n\r\n"

	r, body := ask(t, address, request)
	if r.StatusCode != http.StatusInternalServerError || body != "internal error r-1\n" ||
		r.Header.Get("Set-Cookie") != "" || r.Header.Get("Cache-Control") != "no-store" || r.Header.Get(RequestID) != "r-1" {
		t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
	}
	wantFixed(t, r, true)
	if text := log.String(); strings.Count(text, "the song of a wren") != 1 ||
		strings.Count(text, `"request_id":"r-1"`) != 1 || !strings.Contains(text, "headers_test.go") {
		t.Errorf("the log lacks the panic, or has it twice: %s", text)
	}

	panics.Store(false)
	if r, body := ask(t, address, request); r.StatusCode != http.StatusOK || body != "ok" || r.Header.Get("Set-Cookie") == "" {
		t.Errorf("afterwards: %d %v %q", r.StatusCode, r.Header, body)
	}
}

// TestAbort: a handler that gives up its connection is no fault to be logged.
func TestAbort(t *testing.T) {
	var log strings.Builder
	h := Harden(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
		false, slog.New(slog.NewTextHandler(&log, nil)))
	defer func() {
		if fault := recover(); fault != http.ErrAbortHandler || log.Len() > 0 { //nolint:errorlint // the very value
			t.Errorf("panicked with %v, and logged %s", fault, log.String())
		}
	}()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", http.NoBody))
}

// TestTimeouts: each bound of a server ends a connection that goes beyond it,
// and a request that comes as slowly as may be leaves time for its answer.
func TestTimeouts(t *testing.T) {
	s := NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler))
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout < s.ReadHeaderTimeout || s.WriteTimeout <= s.ReadTimeout ||
		s.IdleTimeout <= 0 || s.MaxHeaderBytes != 16<<10 || !s.DisableGeneralOptionsHandler {
		t.Errorf("headers %v, request %v, answer %v, idle %v, %d bytes",
			s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout, s.IdleTimeout, s.MaxHeaderBytes)
	}
	address := serve(t, http.NotFoundHandler(), func(s *http.Server) {
		s.ReadHeaderTimeout, s.IdleTimeout = 100*time.Millisecond, 50*time.Millisecond
	})
	for name, request := range map[string]string{
		"headers that never end": "GET / HTTP/1.1\r\nHost: id.example.com\r\nX-Slow: ",
		"no request":             "",
	} {
		conn, in := dial(t, address)
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("%s: %q, %v; want the end of the connection", name, rest, err)
		}
	}
}

// TestDocument: a client that has a document gets 304, and the document again
// once it is another.
func TestDocument(t *testing.T) {
	content := "one"
	h := Document("text/plain; charset=utf-8", "no-cache", func() ([]byte, error) { return []byte(content), nil })
	get := func(tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	first := get("")
	tag := first.Header().Get("ETag")
	want := http.Header{
		"Content-Type": {"text/plain; charset=utf-8"}, "Cache-Control": {"no-cache"}, "Access-Control-Allow-Origin": {"*"},
		"Etag": {tag}, "Accept-Ranges": {"bytes"}, "Content-Length": {"3"},
	}
	if first.Code != http.StatusOK || first.Body.String() != "one" || len(tag) < 20 ||
		!maps.EqualFunc(first.Header(), want, func(a, b []string) bool { return strings.Join(a, "|") == strings.Join(b, "|") }) {
		t.Errorf("%d %q %v", first.Code, first.Body, first.Header())
	}
	for _, held := range []string{tag, `"other", ` + tag, "W/" + tag, "*"} {
		if w := get(held); w.Code != http.StatusNotModified || w.Body.Len() > 0 || w.Header().Get("ETag") != tag ||
			w.Header().Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("If-None-Match %s: %d %q %v", held, w.Code, w.Body, w.Header())
		}
	}
	content = "two"
	if w := get(tag); w.Code != http.StatusOK || w.Body.String() != "two" || w.Header().Get("ETag") == tag {
		t.Errorf("another document: %d %q %v", w.Code, w.Body, w.Header())
	}
}
