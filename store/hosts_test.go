package store_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"gatehouse/auth"
	"gatehouse/store"
)

// dsnOf returns a DSN with the hosts of all, and parameters.
func dsnOf(t *testing.T, parameters string, all ...string) string {
	t.Helper()
	hosts, ports := make([]string, len(all)), make([]string, len(all))
	for i, dsn := range all {
		hosts[i], ports[i], _ = net.SplitHostPort(hostOf(dsn))
	}
	return fmt.Sprintf("host=%s port=%s user=gatehouse password=%s dbname=gatehouse sslmode=disable %s",
		strings.Join(hosts, ","), strings.Join(ports, ","), fakeServerPassword, parameters)
}

// hostOf returns the host and port of a URL.
func hostOf(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(err)
	}
	return u.Host
}

// Of several hosts, the one that can be written is used. A DSN that names only standbys
// says so, and may be tried again.
func TestSeveralHosts(t *testing.T) {
	server := fakeServer{version: "150018", charset: "UTF8", backends: 1000}
	standby, readOnly := server, server
	standby.standby, readOnly.readOnly = true, true
	primary, first, second, full := server.listen(t), standby.listen(t), standby.listen(t), readOnly.listen(t)
	const dead = "postgres://127.0.0.1:1"
	const write, must = "target_session_attrs=read-write", "target_session_attrs=primary"
	const promote = "; add the primary to the DSN, or promote one of them"
	tests := []struct {
		name  string
		dsn   string
		want  string // the error, "" for none
		later bool   // it may be tried again
	}{
		{"only standbys", dsnOf(t, write, first, second), "no host of the DSN can be written: " + hostOf(first) + " is a standby, " + hostOf(second) + " is a standby" + promote, true},
		{"only standbys, any will do", dsnOf(t, "", first, second), "no host of the DSN can be written: " + hostOf(first) + " is a standby, " + hostOf(second) + " is a standby" + promote, true},
		{"a standby and none", dsnOf(t, write, first, dead), "no host of the DSN can be written: " + hostOf(first) + " is a standby, 127.0.0.1:1: ", true},
		{"a standby and a read-only server", dsnOf(t, write, first, full), hostOf(full) + " is read-only" + promote, true},
		{"a read-only server", dsnOf(t, write, full), "no host of the DSN can be written: " + hostOf(full) + " is read-only" + promote, true},
		{"one standby", dsnOf(t, write, first), "the database is a standby, which can't be written", true},
		{"one standby, any will do", first, "the database is a standby, which can't be written", true},
		{"none", dsnOf(t, write, dead, dead), "the database can't be reached: ", true},
		{"the primary first", dsnOf(t, write, primary, first), "", false},
		{"the primary last", dsnOf(t, write, first, dead, full, primary), "", false},
		{"the primary among others", dsnOf(t, must, second, primary, first), "", false},
		{"a read-only primary", dsnOf(t, must, first, full), "", false},
		{"any order", dsnOf(t, write+" load_balance_hosts=random", first, primary, second), "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), tt.dsn, store.Options{})
			if s != nil {
				_ = s.Close()
			}
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), fakeServerPassword) {
				t.Errorf("error %v; want %q", err, tt.want)
			}
			if errors.Is(err, store.ErrNotYet) != tt.later {
				t.Errorf("error %v: tried again: %v", err, !tt.later)
			}
		})
	}
}

// A host that is silent is tried once, not for each connection.
func TestSilentHost(t *testing.T) {
	silent := fakeServer{silent: true, accepted: new(atomic.Int64)}
	primary := fakeServer{version: "150018", charset: "UTF8", backends: 1000}
	s, err := store.Open(t.Context(), dsnOf(t, "connect_timeout=1", silent.listen(t), primary.listen(t)), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := silent.accepted.Load(); n != 1 { // of two connections
		t.Errorf("a silent host was tried %d times", n)
	}
}

// While all hosts are standbys, requests are told that the database is away.
func TestPromotionUnderWay(t *testing.T) {
	demoted := new(atomic.Bool)
	server := fakeServer{version: "150018", charset: "UTF8", backends: 1000, demoted: demoted}
	standby := server
	standby.standby = true
	primary := server.listen(t)
	tests := []struct{ name, dsn string }{
		{"two hosts", dsnOf(t, "", standby.listen(t), primary)},
		{"one host, as of a load balancer", primary},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			demoted.Store(false)
			s, err := store.Open(t.Context(), tt.dsn, store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			demoted.Store(true)
			_, err = s.User(t.Context(), "an id") // the server closes its connection
			if known := new(auth.UnavailableError); !errors.As(err, &known) || known.Cause != "no host can be written" {
				t.Errorf("error %v; want UnavailableError", err)
			}
			if err := s.CheckWritable(t.Context()); err == nil || !strings.Contains(err.Error(), "(no host can be written)") {
				t.Errorf("error %v; want it to be said", err)
			}
		})
	}
}

// A load balancer that has no server closes connections. Requests are told that the
// database is away, and a start waits.
func TestNoServerBehindTheBalancer(t *testing.T) {
	gone := new(atomic.Bool)
	dsn := fakeServer{version: "150018", charset: "UTF8", backends: 1000, gone: gone}.listen(t)
	s, err := store.Open(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gone.Store(true)
	_, err = s.User(t.Context(), "an id") // the server closes its connection
	if known := new(auth.UnavailableError); !errors.As(err, &known) || known.Cause != "connection lost" {
		t.Errorf("error %v; want UnavailableError", err)
	}
	if _, err := store.Open(t.Context(), dsn, store.Options{}); !errors.Is(err, store.ErrNotYet) {
		t.Errorf("a start: %v; want ErrNotYet", err)
	}
}
