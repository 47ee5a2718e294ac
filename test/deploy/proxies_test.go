package deploy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/test/harness"
)

// client is the address from which the tests' requests come, so that the log tells it
// from the proxy's.
const client, clientNetwork = "127.0.9.2", "127.0.9.0/24"

// A front is a proxy of the page, in front of a service.
type front struct {
	config  string // of the page, with the service's addresses
	file    string // its name
	command func(config string) []string
	check   func(config string) []string // says whether the configuration is valid
}

// fronts returns the proxies of the page, which listen on an address with a certificate
// and pass requests on to services.
func fronts(t *testing.T, address, certificate, key string, services ...string) map[string]front {
	t.Helper()
	_, port, _ := net.SplitHostPort(address)
	pair := strings.TrimSuffix(key, filepath.Base(key)) + "pair.pem"
	nginx := replaced(t, block(t, "nginx", "upstream"), "server 127.0.0.1:8080;", "server "+services[0]+";", "listen 443", "listen "+address,
		"/etc/ssl/certs/id.example.com.pem", certificate, "/etc/ssl/private/id.example.com.key", key)
	nginx = "daemon off;\nuser root;\npid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + nginx + "}\n"
	caddy := replaced(t, block(t, "caddyfile", "reverse_proxy"), "id.example.com {", "https://localhost:"+port+" {\n\tbind 127.0.0.1\n\ttls "+certificate+" "+key,
		"127.0.0.1:8080", services[0])
	caddy = "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n" + caddy
	haproxy := replaced(t, block(t, "haproxy", "frontend"), "bind :443", "bind "+address, "/etc/haproxy/id.example.com.pem", pair,
		"10.0.0.11:8080", services[0], "10.0.0.12:8080", services[1])
	return map[string]front{
		"nginx": {nginx, "nginx.conf",
			func(c string) []string { return []string{"nginx", "-p", filepath.Dir(c), "-c", c} },
			func(c string) []string { return []string{"nginx", "-t", "-p", filepath.Dir(c), "-c", c} }},
		"caddy": {caddy, "Caddyfile",
			func(c string) []string { return []string{"caddy", "run", "--config", c} },
			func(c string) []string { return []string{"caddy", "validate", "--config", c} }},
		"haproxy": {haproxy, "haproxy.cfg",
			func(c string) []string { return []string{"haproxy", "-f", c} },
			func(c string) []string { return []string{"haproxy", "-c", "-f", c} }},
	}
}

// Behind each proxy of the page, requests arrive by HTTP/2, and the service sees the
// client's address, whatever the client says it is.
func TestProxies(t *testing.T) {
	s := harness.Start(t, "TRUSTED_PROXIES=127.0.0.1", "LOG_LEVEL=info")
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	service := strings.TrimPrefix(s.URL, "http://")
	for _, name := range []string{"nginx", "caddy", "haproxy"} {
		t.Run(name, func(t *testing.T) {
			needs(t, name)
			dir := harness.Folder(t)
			trusted, certificate, key := selfSigned(t, dir)
			address := harness.FreeAddress(t)
			f := fronts(t, address, certificate, key, service, service)[name]
			config := write(t, filepath.Join(dir, f.file), f.config)
			check := f.check(config)
			if output, err := run(t, dir, "", check[0], check[1:]...); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			begin(t, dir, f.command(config), address)
			login(t, address, trusted)
			events := strings.Split(s.Log.String(), "\n")
			for _, line := range events {
				if strings.Contains(line, `"event":"login"`) && !strings.Contains(line, clientNetwork) {
					t.Errorf("the login is of another network: %s", line)
				}
			}
			if !strings.Contains(s.Log.String(), `"event":"login"`) {
				t.Error("no login reached the service")
			}
		})
	}
}

// begin starts a proxy, and waits until it listens.
func begin(t *testing.T, dir string, command []string, address string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("%s wrote:\n%s", command[0], text)
		}
	})
	for range 6000 { // a minute
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not listen", command[0])
}

// login logs in through a proxy, and claims another address. A proxy that has just
// started may not have found the service ready yet.
func login(t *testing.T, address string, trusted *x509.CertPool) {
	t.Helper()
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(client)}}
	_, port, _ := net.SplitHostPort(address)
	through := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: trusted},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		},
	}}
	defer through.CloseIdleConnections()
	const body = `{"query":"mutation($in: LoginInput!) { login(input: $in) { expiresIn } }","variables":{"in":{"email":"` +
		harness.AdaEmail + `","password":"` + harness.AdaPassword + `"}}}`
	for range 600 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://localhost:"+port+"/graphql", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		answer, err := through.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode == http.StatusOK && strings.Contains(string(text), "expiresIn") {
			if answer.ProtoMajor != 2 {
				t.Errorf("the answer came by %s", answer.Proto)
			}
			return
		}
		if answer.StatusCode != http.StatusServiceUnavailable && answer.StatusCode != http.StatusBadGateway {
			t.Fatalf("%s: %s", answer.Status, text)
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("the proxy does not find the service ready")
}
