package release

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/lib/pq"

	"gatehouse/store/storetest"
)

// overTCP returns the DSN of a database that is reached without a socket in the file
// system.
func overTCP(t *testing.T) string {
	t.Helper()
	dsn := storetest.EmptyDSN(t)
	config, err := pq.NewConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(config.Host, ".s.PGSQL."+strconv.Itoa(int(config.Port)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			go forward(from, socket)
		}
	}()
	return fmt.Sprintf("%s host=127.0.0.1 port=%d", dsn, listener.Addr().(*net.TCPAddr).Port)
}

// forward passes on what either side sends, until one has ended.
func forward(from net.Conn, socket string) {
	defer func() { _ = from.Close() }()
	to, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer func() { _ = to.Close() }()
	ended := make(chan struct{}, 2)
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		ended <- struct{}{}
	}
	go pass(to, from)
	go pass(from, to)
	<-ended
}
