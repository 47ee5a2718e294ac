package store_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

const fakeServerPassword = "hunter2"

// A fakeServer speaks as much of PostgreSQL's protocol as Open needs. With one backend for
// all of its clients it looks like a transaction pooler.
type fakeServer struct {
	refuse   string // refuses all clients with this SQLSTATE
	version  string
	charset  string
	backends int
	standby  bool
	readOnly bool          // by default, as some providers make a server whose disk is almost full
	silent   bool          // accepts connections and says nothing
	accepted *atomic.Int64 // connections
	demoted  *atomic.Bool  // to a standby
	gone     *atomic.Bool  // and what is before it closes all connections
}

// listen serves until the test ends, and returns the DSN.
func (c fakeServer) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		for clients := 0; ; clients++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if c.accepted != nil {
				c.accepted.Add(1)
			}
			served.Go(func() {
				defer conn.Close()
				c.serve(conn, clients)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		served.Wait()
	})
	return fmt.Sprintf("postgres://gatehouse:%s@%s/gatehouse?sslmode=disable", fakeServerPassword, listener.Addr())
}

// serve answers one client. A message of the protocol is a letter, a length and a body; the
// first one has no letter.
func (c fakeServer) serve(conn io.ReadWriter, client int) {
	in := bufio.NewReader(conn)
	if _, err := body(in); err != nil {
		return
	}
	if c.gone != nil && c.gone.Load() {
		return
	}
	if c.silent {
		_, _ = io.Copy(io.Discard, in)
		return
	}
	ready := message('Z', "I")
	if c.refuse != "" {
		_, _ = io.WriteString(conn, message('E', "SFATAL\x00C"+c.refuse+"\x00Mnobody comes in\x00\x00"))
		return
	}
	standby := c.standby || c.demoted != nil && c.demoted.Load()
	states := message('S', "in_hot_standby\x00"+onOff(standby)+"\x00") + message('S', "default_transaction_read_only\x00"+onOff(c.readOnly)+"\x00")
	_, _ = io.WriteString(conn, message('R', "\x00\x00\x00\x00")+states+ready)
	values := []string{fmt.Sprint(4711 + client%c.backends), c.version, c.charset}
	for {
		kind, err := in.ReadByte()
		if err != nil {
			return
		}
		query, err := body(in)
		if err != nil || kind != 'Q' {
			return
		}
		answer := message('I', "")
		if strings.Contains(query, "server_encoding") {
			answer = row([]string{"pid", "version", "charset"}, values)
		} else if strings.Contains(query, "pg_backend_pid") {
			answer = row([]string{"pg_backend_pid"}, values[:1])
		}
		_, _ = io.WriteString(conn, answer+ready)
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// row is an answer of one row, all of it text.
func row(names, values []string) string {
	count := string(binary.BigEndian.AppendUint16(nil, uint16(len(names))))
	described, data := count, count
	for i, name := range names {
		described += name + "\x00" + "\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x19" + "\xff\xff" + "\xff\xff\xff\xff" + "\x00\x00"
		data += string(binary.BigEndian.AppendUint32(nil, uint32(len(values[i])))) + values[i]
	}
	return message('T', described) + message('D', data) + message('C', "SELECT 1\x00")
}

func message(kind byte, body string) string {
	return string(kind) + string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))) + body
}

func body(in io.Reader) (string, error) {
	var length uint32
	if err := binary.Read(in, binary.BigEndian, &length); err != nil {
		return "", err
	}
	text := make([]byte, max(length, 4)-4)
	_, err := io.ReadFull(in, text)
	return string(text), err
}
