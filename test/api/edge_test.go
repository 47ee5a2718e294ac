package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// edgePatience is how long a test waits for what must come. Only a fault takes it all.
const edgePatience = 30 * time.Second

// socket serves on a socket of its own, as the program does, with the server's settings changed, and returns the address.
func (s *service) socket(t *testing.T, change func(*http.Server)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(s.edge)
	}
	go func() { _ = s.edge.Serve(listener) }()
	t.Cleanup(func() { _ = s.edge.Close() })
	return listener.Addr().String()
}

// A line is a connection on which a test writes what no library would.
type line struct {
	net.Conn
	in *bufio.Reader
}

func dial(t *testing.T, address string) *line {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(edgePatience)); err != nil {
		t.Fatal(err)
	}
	return &line{conn, bufio.NewReader(conn)}
}

// answer reads the next answer, with its body.
func (l *line) answer(t *testing.T) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(l.in, nil)
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

// wantEnded fails unless the other side ends the connection without another word.
func (l *line) wantEnded(t *testing.T) {
	t.Helper()
	rest, err := io.ReadAll(l.in)
	if errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
		t.Errorf("the connection goes on: %q, %v", rest, err)
	}
}

// drip writes a byte now and then until the other side has enough of it.
func (l *line) drip() {
	for {
		if _, err := l.Write([]byte("x")); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond) // what a slow client does
	}
}

// askRaw sends a request as it stands, and reads its answer.
func askRaw(t *testing.T, address, request string) (*http.Response, string) {
	t.Helper()
	l := dial(t, address)
	if _, err := io.WriteString(l, request); err != nil {
		t.Fatal(err)
	}
	return l.answer(t)
}

// posting is a request to the API with some more headers, each with its line break.
func posting(body string, headers ...string) string {
	return fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: id.example.com\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s",
		len(body), strings.Join(headers, ""), body)
}

const askTypename = `{"query":"{ __typename }"}`

// wantFixed fails unless an answer has what every answer has.
func wantFixed(t *testing.T, s *service, r *http.Response) {
	t.Helper()
	for name, values := range s.settings.fixedHeaders() {
		if got := r.Header.Values(name); len(got) != 1 || got[0] != values[0] {
			t.Errorf("%d: %s = %q, want %q", r.StatusCode, name, got, values)
		}
	}
	if r.Header.Get("X-Request-Id") == "" {
		t.Errorf("%d: there is no request id", r.StatusCode)
	}
}

// TestEdgeAnswers sends what may come from anybody. Whatever the answer, it has the headers that every answer has.
func TestEdgeAnswers(t *testing.T) {
	s := start(t, "PUBLIC_URL=https://id.example.com", "CORS_ORIGINS=https://app.example.com")
	address := s.socket(t, nil)
	login := `{"query":"mutation { login(input: {email: \"` + adminEmail + `\", password: \"` + adminPassword + `\"}) { accessToken refreshToken } }"}`
	const end = " HTTP/1.1\r\nHost: id.example.com\r\n"
	tests := []struct {
		name, request string
		status        int
		header, value string
	}{
		{"TRACE of the API", "TRACE /graphql" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of another path", "TRACE /healthz" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of no path", "TRACE /nowhere" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"TRACE of the explorer", "TRACE /playground" + end + "X-Echo: canary\r\n\r\n", 405, "Allow", methods},
		{"CONNECT of a path", "CONNECT /graphql" + end + "\r\n", 405, "Allow", methods},
		{"CONNECT to elsewhere", "CONNECT db.internal:5432" + end + "\r\n", 405, "Allow", methods},
		{"OPTIONS of everything", "OPTIONS *" + end + "\r\n", 204, "Allow", methods},
		{"OPTIONS of the API", "OPTIONS /graphql" + end + "\r\n", 405, "Allow", "GET, POST"},
		{"a preflight", "OPTIONS /graphql" + end + "Origin: https://app.example.com\r\nAccess-Control-Request-Method: POST\r\n\r\n", 204,
			"Access-Control-Allow-Origin", "https://app.example.com"},
		{"PUT", "PUT /graphql" + end + "Content-Length: 0\r\n\r\n", 405, "Allow", "GET, POST"},
		{"POST where there is only GET", "POST /healthz" + end + "Content-Length: 0\r\n\r\n", 405, "Allow", "GET, HEAD"},
		{"a path that is nothing", "GET /nowhere" + end + "\r\n", 404, "Content-Type", "text/plain; charset=utf-8"},
		{"another form", "POST /graphql" + end + "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n", 415, "Cache-Control", "no-store"},
		{"a body that is too large", posting(strings.Repeat(" ", 200_000)), 413, "Cache-Control", "no-store"},
		{"a header too many", posting(askTypename, strings.Repeat("X-More: 1\r\n", headerCount-1)), 431, "Cache-Control", "no-store"},
		{"as many headers as there may be", posting(askTypename, strings.Repeat("X-More: 1\r\n", headerCount-2)), 200, "Cache-Control", "no-store"},
		{"as long a token and a cookie as we make", posting(askTypename, "Authorization: Bearer "+strings.Repeat("t", 8<<10)+"\r\n",
			"Cookie: refresh="+strings.Repeat("c", 4<<10)+"\r\n"), 200, "Cache-Control", "no-store"},
		{"a login", posting(login), 200, "Cache-Control", "no-store"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, body := askRaw(t, address, tt.request)
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

// TestEdgeHeadersTooLarge sends larger headers than are read. net/http answers by itself, before there is a request, and so without any header
// of ours: three words of plain text, and the connection is closed. A bad request line is answered likewise.
func TestEdgeHeadersTooLarge(t *testing.T) {
	address := start(t).socket(t, nil)
	for name, tt := range map[string]struct {
		request string
		status  int
	}{
		"one large header":  {posting(askTypename, "Authorization: Bearer "+strings.Repeat("t", 24<<10)+"\r\n"), 431},
		"many small ones":   {posting(askTypename, strings.Repeat("X-More: 1\r\n", 2500)), 431},
		"no request at all": {"hello\r\n\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r, body := askRaw(t, address, tt.request)
			if r.StatusCode != tt.status || !r.Close || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") || len(body) > 50 {
				t.Errorf("%d %v %q; want %d, and the end of the connection", r.StatusCode, r.Header, body, tt.status)
			}
		})
	}
}

// TestEdgeTimes: a request that comes as slowly as may be, and takes as long as an operation may, is still answered.
func TestEdgeTimes(t *testing.T) {
	s := start(t, "OPERATION_TIMEOUT=25s") // the most there is
	if e := s.edge; e.ReadHeaderTimeout <= 0 || e.ReadTimeout < e.ReadHeaderTimeout || e.IdleTimeout <= 0 || e.MaxHeaderBytes != 16<<10 ||
		e.WriteTimeout <= e.ReadTimeout+s.settings.OperationTimeout {
		t.Errorf("headers %v, request %v, answer %v, idle %v, %d bytes", e.ReadHeaderTimeout, e.ReadTimeout, e.WriteTimeout, e.IdleTimeout, e.MaxHeaderBytes)
	}
}

// TestEdgeSlowHeaders drips a header: the connection ends, whatever else comes.
func TestEdgeSlowHeaders(t *testing.T) {
	address := start(t).socket(t, func(e *http.Server) { e.ReadHeaderTimeout = 100 * time.Millisecond })
	l := dial(t, address)
	if _, err := io.WriteString(l, "POST /graphql HTTP/1.1\r\nHost: id.example.com\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	go l.drip()
	l.wantEnded(t)
}

// TestEdgeSlowBody drips a body: it is answered that it came too late, and the connection ends. One that comes whole is answered well.
func TestEdgeSlowBody(t *testing.T) {
	s := start(t)
	address := s.socket(t, func(e *http.Server) { e.ReadTimeout = 300 * time.Millisecond })
	l := dial(t, address)
	if _, err := io.WriteString(l, strings.Replace(posting(askTypename), "Content-Length: ", "Content-Length: 10", 1)); err != nil {
		t.Fatal(err)
	}
	go l.drip()
	r, body := l.answer(t)
	if r.StatusCode != http.StatusRequestTimeout || !r.Close || !strings.Contains(body, "BAD_REQUEST") {
		t.Errorf("%d %v %s", r.StatusCode, r.Header, body)
	}
	wantFixed(t, s, r)
	l.wantEnded(t)
	eventually(t, "the request that comes whole is answered", func() bool { // also where the machine is slower than the timeout
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, posting(askTypename)); err != nil {
			return false
		}
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		return err == nil && r.Body.Close() == nil && r.StatusCode == http.StatusOK
	})
}

// TestEdgeIdle: a connection on which nothing is asked ends.
func TestEdgeIdle(t *testing.T) {
	address := start(t).socket(t, func(e *http.Server) { e.IdleTimeout = 50 * time.Millisecond })
	l := dial(t, address)
	if _, err := io.WriteString(l, posting(askTypename)); err != nil {
		t.Fatal(err)
	}
	if r, body := l.answer(t); r.StatusCode != http.StatusOK {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	l.wantEnded(t)
}

// TestEdgePanic has something outside GraphQL panic, after an answer was begun that was to be kept.
func TestEdgePanic(t *testing.T) {
	s := start(t)
	s.ready = func(context.Context) error { panic("the song of a wren") }
	address := s.socket(t, nil)
	r, body := askRaw(t, address, "GET /readyz HTTP/1.1\r\nHost: id.example.com\r\n\r\n")
	id := r.Header.Get("X-Request-Id")
	if r.StatusCode != http.StatusInternalServerError || body != "internal error "+id+"\n" || r.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
	}
	wantFixed(t, s, r)
	if log := s.log.String(); strings.Count(log, "the song of a wren") != 1 || strings.Count(log, `"request_id":"`+id+`"`) != 1 || !strings.Contains(log, "edge_test.go") {
		t.Errorf("the log has it not once, with id and stack: %s", log)
	}
	s.ready = func(context.Context) error { return nil }
	if r, body := askRaw(t, address, "GET /readyz HTTP/1.1\r\nHost: id.example.com\r\n\r\n"); r.StatusCode != http.StatusOK {
		t.Errorf("afterwards: %d %s", r.StatusCode, body)
	}
}

// TestPanicLeavesNothing: what a handler had put into its answer before it panicked is not sent.
func TestPanicLeavesNothing(t *testing.T) {
	s := start(t)
	s.edge.Handler = s.secure(s.recover(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "refresh", Value: "token"})
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("Content-Length", "2")
		panic("wren")
	})))
	r, body := askRaw(t, s.socket(t, nil), "GET / HTTP/1.1\r\nHost: id.example.com\r\n\r\n")
	if r.StatusCode != http.StatusInternalServerError || r.Header.Get("Set-Cookie") != "" || r.Header.Get("Cache-Control") != "no-store" || body != "internal error \n" {
		t.Errorf("%d %v %q", r.StatusCode, r.Header, body)
	}
}
