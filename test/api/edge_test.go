package api_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatehouse/edge"
	"gatehouse/test/harness"
)

// listen serves the service on a socket of its own, as the program does, with
// the HTTP server's settings changed. It returns the address.
func listen(t *testing.T, s *harness.Service, change func(*http.Server)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := edge.NewServer(s.Handler(), slog.New(slog.DiscardHandler))
	change(e)
	go func() { _ = e.Serve(listener) }()
	t.Cleanup(func() { _ = e.Close() })
	return listener.Addr().String()
}

// unchanged is for listen.
func unchanged(*http.Server) {}

// drip writes a byte now and then until the connection ends, as a slow client
// does.
func drip(to io.Writer) {
	for {
		if _, err := to.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// posting is a request to the API with more headers, each with its line break.
func posting(body string, headers ...string) string {
	return fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: id.example.com\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
		len(body), strings.Join(headers, ""), body)
}

const typenameBody = `{"query":"{ __typename }"}`

// The limits of requests, and the headers of every answer.
const (
	headerCount = 100
	methods     = "GET, HEAD, OPTIONS, POST"
)

// fixedHeaders are the headers of every answer. Over https there is one more.
func fixedHeaders(https bool) map[string]string {
	fixed := map[string]string{
		"Content-Security-Policy":      "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Resource-Policy": "same-site",
	}
	if https {
		fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
	}
	return fixed
}

// wantFixed fails unless an answer has the headers of every answer.
func wantFixed(t *testing.T, s *harness.Service, r *http.Response) {
	t.Helper()
	for name, value := range fixedHeaders(s.Settings().HTTPS()) {
		if got := r.Header.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%d: %s = %q, want %q", r.StatusCode, name, got, value)
		}
	}
	if r.Header.Get("X-Request-Id") == "" {
		t.Errorf("%d: no request id", r.StatusCode)
	}
}

// TestEdgeAnswers sends requests of any client. Every answer has the fixed
// headers.
func TestEdgeAnswers(t *testing.T) {
	s := harness.Start(t, "PUBLIC_URL=https://id.example.com", "CORS_ORIGINS=https://app.example.com")
	address := listen(t, s, unchanged)
	login := `{"query":"mutation { login(input: {email: \"` + harness.AdminEmail + `\", password: \"` + harness.AdminPassword + `\"}) { accessToken refreshToken } }"}`
	const end = " HTTP/1.1\r\nHost: id.example.com\r\n"
	tests := []struct {
		name, request string
		status        int
		header, value string
	}{
		{"TRACE of the API", "TRACE /graphql" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of another path", "TRACE /healthz" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of an unknown path", "TRACE /nowhere" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of the explorer", "TRACE /playground" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"CONNECT to a path", "CONNECT /graphql" + end + "\r\n", 405, "Allow", methods},
		{"CONNECT to a host", "CONNECT db.internal:5432" + end + "\r\n", 405, "Allow", methods},
		{"OPTIONS of everything", "OPTIONS *" + end + "\r\n", 204, "Allow", methods},
		{"OPTIONS of the API", "OPTIONS /graphql" + end + "\r\n", 405, "Allow", "GET, POST"},
		{"a preflight", "OPTIONS /graphql" + end + "Origin: https://app.example.com\r\nAccess-Control-Request-Method: POST\r\n\r\n", 204,
			"Access-Control-Allow-Origin", "https://app.example.com"},
		{"PUT", "PUT /graphql" + end + "Content-Length: 0\r\n\r\n", 405, "Allow", "GET, POST"},
		{"POST of a path with GET only", "POST /healthz" + end + "Content-Length: 0\r\n\r\n", 405, "Allow", "GET, HEAD"},
		{"an unknown path", "GET /nowhere" + end + "\r\n", 404, "Content-Type", "text/plain; charset=utf-8"},
		{"another media type", "POST /graphql" + end + "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n", 415, "Cache-Control", "no-store"},
		{"a body too large", posting(strings.Repeat(" ", 200_000)), 413, "Cache-Control", "no-store"},
		{"one header too many", posting(typenameBody, strings.Repeat("X-More: 1\r\n", headerCount-1)), 431, "Cache-Control", "no-store"},
		{"as many headers as allowed", posting(typenameBody, strings.Repeat("X-More: 1\r\n", headerCount-2)), 200, "Cache-Control", "no-store"},
		{"the longest token and cookie we issue", posting(typenameBody, "Authorization: Bearer "+strings.Repeat("t", 8<<10)+"\r\n",
			"Cookie: refresh="+strings.Repeat("c", 4<<10)+"\r\n"), 200, "Cache-Control", "no-store"},
		{"a login", posting(login), 200, "Cache-Control", "no-store"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, body := harness.AskRaw(t, address, tt.request)
			if r.StatusCode != tt.status || r.Header.Get(tt.header) != tt.value {
				t.Errorf("%d, %s = %q; want %d, %q: %s", r.StatusCode, tt.header, r.Header.Get(tt.header), tt.status, tt.value, body)
			}
			if strings.Contains(body, "canary") {
				t.Errorf("the answer repeats the request: %s", body)
			}
			wantFixed(t, s, r)
		})
	}
}

// TestEdgeHeadersTooLarge sends more headers than are read. net/http answers by
// itself, without our headers: three words of plain text, and closes the
// connection. It answers a bad request line in the same way.
func TestEdgeHeadersTooLarge(t *testing.T) {
	address := listen(t, harness.Start(t), unchanged)
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"one large header":  {posting(typenameBody, "Authorization: Bearer "+strings.Repeat("t", 24<<10)+"\r\n"), 431},
		"many small ones":   {posting(typenameBody, strings.Repeat("X-More: 1\r\n", 2500)), 431},
		"no request at all": {"hello\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r, body := harness.AskRaw(t, address, tt.request)
			if r.StatusCode != tt.status || !r.Close || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") || len(body) > 50 {
				t.Errorf("%d %v %q; want %d and the end of the connection", r.StatusCode, r.Header, body, tt.status)
			}
		})
	}
}

// TestEdgeTimes checks that there is time to answer the slowest request with the
// slowest operation.
func TestEdgeTimes(t *testing.T) {
	s := harness.Start(t, "OPERATION_TIMEOUT=25s") // the maximum
	if e := edge.NewServer(s.Handler(), slog.New(slog.DiscardHandler)); e.ReadHeaderTimeout <= 0 || e.ReadTimeout < e.ReadHeaderTimeout || e.IdleTimeout <= 0 || e.MaxHeaderBytes != 16<<10 ||
		e.WriteTimeout <= e.ReadTimeout+s.Settings().Limits.Timeout {
		t.Errorf("headers %v, request %v, answer %v, idle %v, %d bytes", e.ReadHeaderTimeout, e.ReadTimeout, e.WriteTimeout, e.IdleTimeout, e.MaxHeaderBytes)
	}
}

// TestEdgeSlowHeaders drips a header: the connection ends.
func TestEdgeSlowHeaders(t *testing.T) {
	address := listen(t, harness.Start(t), func(e *http.Server) { e.ReadHeaderTimeout = 100 * time.Millisecond })
	l := harness.Dial(t, address)
	l.Text(t, "POST /graphql HTTP/1.1\r\nHost: id.example.com\r\nX-Slow: ")
	go drip(l)
	l.WantEnd(t)
}

// TestEdgeSlowBody drips a body: it is answered with 408, and the connection
// ends. A whole body is accepted.
func TestEdgeSlowBody(t *testing.T) {
	s := harness.Start(t)
	address := listen(t, s, func(e *http.Server) { e.ReadTimeout = 300 * time.Millisecond })
	l := harness.Dial(t, address)
	l.Text(t, strings.Replace(posting(typenameBody), "Content-Length: ", "Content-Length: 10", 1))
	go drip(l)
	r, body := l.Answer(t)
	if r.StatusCode != http.StatusRequestTimeout || !r.Close || !strings.Contains(body, "BAD_REQUEST") {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, body)
	}
	wantFixed(t, s, r)
	l.WantEnd(t)
	harness.Eventually(t, "the whole request is answered", func() bool { // the machine may be slower than the timeout
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, posting(typenameBody)); err != nil {
			return false
		}
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
}

// TestEdgeIdle waits on a connection without a request: it ends.
func TestEdgeIdle(t *testing.T) {
	address := listen(t, harness.Start(t), func(e *http.Server) { e.IdleTimeout = 50 * time.Millisecond })
	l := harness.Dial(t, address)
	l.Text(t, posting(typenameBody))
	if r, body := l.Answer(t); r.StatusCode != http.StatusOK {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	l.WantEnd(t)
}
