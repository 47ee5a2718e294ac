package counts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gatehouse/test/redistest"
)

// certificates writes an authority, and a certificate with its key that the authority
// signed for the loopback, into a folder.
func certificates(t *testing.T) string {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for name, template := range map[string]*x509.Certificate{"ca.pem": authority, "cert.pem": leaf} {
		signed, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name), "CERTIFICATE", signed)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "key.pem"), "PRIVATE KEY", text)
	return dir
}

func write(t *testing.T, path, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// documentedUser returns the arguments of ACL SETUSER in the documentation, with a
// password.
func documentedUser(t *testing.T, password string) []any {
	t.Helper()
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^ACL SETUSER (.*)$`).FindSubmatch(page)
	if found == nil {
		t.Fatal("docs/operations.md has no line ACL SETUSER")
	}
	args := []any{"SETUSER"}
	for _, word := range strings.Fields(string(found[1])) {
		args = append(args, strings.ReplaceAll(word, "PASS", password))
	}
	return args
}

// Redis is reached with TLS, by the user with the fewest rights that the documentation
// has. What is wrong with the certificate, the password or the rights is in the log.
func TestTLS(t *testing.T) {
	dir := certificates(t)
	host, port := redistest.FreePort(t)
	address := host + ":" + port
	file := func(name string) string { return filepath.Join(dir, name) }
	server := redistest.Start(t, "--tls-port", port, "--tls-cert-file", file("cert.pem"), "--tls-key-file", file("key.pem"),
		"--tls-ca-cert-file", file("ca.pem"), "--tls-auth-clients", "optional")
	admin := server.Dial(t)
	for _, args := range [][]any{
		documentedUser(t, "canary/of?otters"),
		{"SETUSER", "reader", "on", ">canary", "~*", "+@read", "+ping", "+evalsha", "+eval"},
	} {
		if _, err := admin.Do("ACL", args...); err != nil {
			t.Fatal(err)
		}
	}
	user, trusted := "rediss://gatehouse:canary%2Fof%3Fotters@"+address, "ssl_ca_certs="+file("ca.pem")
	for _, tt := range []struct{ name, url, log string }{
		{"no authority", user, "certificate signed by unknown authority"},
		{"another authority", user + "?ssl_ca_certs=" + otherAuthority(t), "certificate signed by unknown authority"},
		{"another name", strings.Replace(user, "127.0.0.1", "localhost", 1) + "?" + trusted, "wanted to match localhost"},
		{"a wrong password", "rediss://gatehouse:wrong-canary@" + address + "?" + trusted, "WRONGPASS"},
		{"too few rights", "rediss://reader:canary@" + address + "?" + trusted, "NOPERM|ACL failure|no permissions|can't run this command"},
		{"without TLS", strings.Replace(user, "rediss", "redis", 1), "EOF|reset"},
		{"the authority", user + "?" + trusted, ""},
		{"a database", user + "/3?" + trusted, ""},
		{"without a check", user + "?ssl_cert_reqs=none", ""},
		{"a certificate of ours", user + "?" + trusted + "&ssl_certfile=" + file("cert.pem") + "&ssl_keyfile=" + file("key.pem"), ""},
	} {
		var log bytes.Buffer
		c := opened(t, tt.url, &log)
		c.Ping(t.Context())
		allow(t, c, limited(5, time.Hour), tt.name)
		if c.Shared() != (tt.log == "") || !regexp.MustCompile(tt.log).MatchString(log.String()) || tt.log == "" && log.Len() > 0 {
			t.Errorf("%s: log %q, want %q", tt.name, &log, tt.log)
		}
		if strings.Contains(log.String(), "canary") {
			t.Errorf("%s: the log has the password: %s", tt.name, &log)
		}
	}
	if _, err := admin.Do("CONFIG", "SET", "tls-auth-clients", "yes"); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	opened(t, user+"?"+trusted, &log).Ping(t.Context())
	if log.Len() == 0 {
		t.Error("Redis asks for a certificate, and none is no fault")
	}
	log.Reset()
	opened(t, user+"?"+trusted+"&ssl_certfile="+file("cert.pem")+"&ssl_keyfile="+file("key.pem"), &log).Ping(t.Context())
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

func otherAuthority(t *testing.T) string {
	t.Helper()
	return filepath.Join(certificates(t), "ca.pem")
}
