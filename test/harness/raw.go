package harness

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

// A Conn is a connection on which a test writes what no HTTP library would.
type Conn struct {
	net.Conn
	in *bufio.Reader
}

// Dial opens a connection to a service, to which a test has 30 seconds to
// speak.
func Dial(t testing.TB, address string) *Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &Conn{conn, bufio.NewReader(conn)}
}

// Text sends text as it is.
func (c *Conn) Text(t testing.TB, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// Answer reads the next answer, with its body.
func (c *Conn) Answer(t testing.TB) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(c.in, nil)
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

// WantEnd fails unless the other side closes the connection and sends nothing
// more.
func (c *Conn) WantEnd(t testing.TB) {
	t.Helper()
	rest, err := io.ReadAll(c.in)
	if errors.Is(err, os.ErrDeadlineExceeded) || len(rest) > 0 {
		t.Errorf("the connection is still open: %q, %v", rest, err)
	}
}

// AskRaw sends a request as it is on a connection of its own, and reads the
// answer.
func AskRaw(t testing.TB, address, request string) (*http.Response, string) {
	t.Helper()
	c := Dial(t, address)
	c.Text(t, request)
	return c.Answer(t)
}
