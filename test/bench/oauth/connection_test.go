package oauth

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gatehouse/test/harness"
)

// A connection sends forms to a token endpoint, one after the other. It has no goroutines, as
// net/http's client has: on a small machine that client would take as much of it as the service.
type connection struct {
	conn   net.Conn
	reader *bufio.Reader
	head   string // of each request, up to the length of its body
}

// connect returns a connection on which the application authenticates by Basic.
func connect(t *testing.T, base string, a harness.Application) *connection {
	t.Helper()
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	basic := &http.Request{Header: http.Header{}}
	basic.SetBasicAuth(a.ID, a.Secret)
	head := "POST /oauth/token HTTP/1.1\r\nHost: " + address.Host + "\r\nAuthorization: " + basic.Header.Get("Authorization") +
		"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
	return &connection{conn, bufio.NewReader(conn), head}
}

// token sends a form and reads the tokens of the answer.
func (c *connection) token(form string) (reply harness.TokenReply, err error) {
	if _, err := fmt.Fprintf(c.conn, "%s%d\r\n\r\n%s", c.head, len(form), form); err != nil {
		return reply, err
	}
	answer, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return reply, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return reply, err
	}
	if answer.StatusCode != http.StatusOK {
		return reply, fmt.Errorf("%s: %s", answer.Status, strings.TrimSpace(string(body)))
	}
	return reply, json.Unmarshal(body, &reply)
}
