package postgres

import (
	"io"
	"net"
	"testing"
	"time"
)

// A connection to a server that is silent for longer than the timeout is closed; one to
// a server that is merely slow is not.
func TestPatience(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	speak := make(chan string)
	go func() {
		server, err := listener.Accept()
		if err != nil {
			return
		}
		defer server.Close()
		for word := range speak {
			_, _ = io.WriteString(server, word)
		}
	}()
	defer close(speak)
	conn, err := Dialer{Timeout: 1500 * time.Millisecond}.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	word := make([]byte, 1)
	for range 4 {
		time.AfterFunc(500*time.Millisecond, func() { speak <- "x" })
		if _, err := io.ReadFull(conn, word); err != nil {
			t.Fatalf("a slow answer: %v", err)
		}
	}
	time.Sleep(1600 * time.Millisecond) // no read is waiting
	time.AfterFunc(time.Millisecond, func() { speak <- "x" })
	if _, err := io.ReadFull(conn, word); err != nil {
		t.Fatalf("an answer after a pause: %v", err)
	}
	if _, err := io.ReadFull(conn, word); !Away(err) {
		t.Errorf("a silent server: %v; want an error that says it is away", err)
	}
}
