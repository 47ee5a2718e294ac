package postgres

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// certificate makes a certificate for a name that signs itself.
func certificate(t *testing.T, name string, until time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

// tlsServer answers the request for TLS and, after the handshake, that the password
// is wrong. Without a certificate it has no TLS.
func tlsServer(t *testing.T, cert *tls.Certificate) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(conn, cert)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func answer(conn net.Conn, cert *tls.Certificate) {
	defer conn.Close()
	request := make([]byte, 8)
	if _, err := io.ReadFull(conn, request); err != nil {
		return
	}
	if cert == nil {
		_, _ = io.WriteString(conn, "N")
		return
	}
	_, _ = io.WriteString(conn, "S")
	secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{*cert}})
	if _, err := io.ReadFull(secure, request); err == nil {
		const text = "SFATAL\x00C28P01\x00Mpassword authentication failed\x00\x00"
		_, _ = io.WriteString(secure, "E\x00\x00\x00"+string(rune(len(text)+4))+text)
	}
}

// TestRemedies: the errors of a connection say what to do.
func TestRemedies(t *testing.T) {
	now := time.Now()
	good, ca := certificate(t, "localhost", now.Add(24*time.Hour))
	_, otherCA := certificate(t, "localhost", now.Add(24*time.Hour))
	named, namedCA := certificate(t, "db.example.com", now.Add(24*time.Hour))
	expired, expiredCA := certificate(t, "localhost", now.Add(-time.Hour))
	tests := []struct {
		name string
		cert *tls.Certificate
		dsn  string
		want string
	}{
		{"no TLS", nil, "sslmode=require", "in a private network, add sslmode=disable"},
		{"unknown authority", &good, "sslmode=verify-full", "add sslrootcert=/path/to/ca.pem"},
		{"another authority", &good, "sslmode=verify-ca sslrootcert=" + otherCA, "add sslrootcert=/path/to/ca.pem"},
		{"another name", &named, "sslmode=verify-full sslrootcert=" + namedCA, "for other names"},
		{"expired", &expired, "sslmode=verify-full sslrootcert=" + expiredCA, "check its dates"},
		{"trusted, another password", &good, "sslmode=verify-full sslrootcert=" + ca, "check the user name and the password"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			db, err := Open(fmt.Sprintf("host=localhost hostaddr=127.0.0.1 port=%d user=u password=canary dbname=x %s", tlsServer(t, tt.cert), tt.dsn), 2, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			err = Check(t.Context(), db)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if NotYet(err) {
				t.Errorf("%v would be waited for", err)
			}
		})
	}
}

// TestNotYet: only what passes by itself is waited for.
func TestNotYet(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want bool
	}{
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{&net.DNSError{Err: "no such host", IsNotFound: true}, true},
		{context.DeadlineExceeded, true},
		{errStandby, true},
		{&hostsError{[]*hostError{{"a:5432", errHostStandby}, {"b:5432", errHostReadOnly}}}, true},
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{&pq.Error{Code: "57P03"}, true},
		{&pq.Error{Code: "53300"}, true},
		{&pq.Error{Code: "28P01"}, false},
		{&pq.Error{Code: "3D000"}, false},
		{pq.ErrSSLNotSupported, false},
		{errors.New("any other"), false},
	} {
		if got := NotYet(fmt.Errorf("wrapped: %w", tt.err)); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.err, got, tt.want)
		}
	}
}

// TestFull recognizes the words of poolers, and not those of a wrong password.
func TestFull(t *testing.T) {
	for _, tt := range []struct {
		code, message string
		want          bool
	}{
		{"53300", "sorry, too many clients already", true},
		{"53300", `too many connections for role "app"`, true},
		{"08P01", "no more connections allowed (max_client_conn)", true},
		{"XX000", "MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size", true},
		{"XX000", "Max client connections reached", true},
		{"08P01", "too many tcp connections", true},
		{"XX000", "Tenant or user not found", false},
		{"28P01", "too many connections with a wrong password", false},
		{"57P03", "the database system is starting up", false},
	} {
		if got := full(&pq.Error{Code: pqerror.Code(tt.code), Message: tt.message}); got != tt.want {
			t.Errorf("%s %s: %v, want %v", tt.code, tt.message, got, tt.want)
		}
	}
}
