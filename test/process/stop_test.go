package process_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"gatehouse/test/harness"
)

// TestKilled kills the service during registrations: afterwards each account
// that was acknowledged exists, and every other one can be registered.
func TestKilled(t *testing.T) {
	const accounts = 50
	dir := harness.Folder(t)
	p := harness.Launch(t, dir)
	acknowledged := make([]bool, accounts)
	var registrations sync.WaitGroup
	answers := make(chan struct{}, accounts)
	for worker := range 5 {
		registrations.Go(func() {
			for i := worker; i < accounts; i += 5 {
				acknowledged[i] = tryRegister(t, p, i)
				if acknowledged[i] {
					answers <- struct{}{}
				}
			}
		})
	}
	for range accounts / 2 {
		<-answers
	}
	p.Kill()
	registrations.Wait()

	p = harness.Launch(t, dir)
	exist := 0
	for i := range accounts {
		r := p.Ask(t, "", harness.LoginOperation, harness.Credentials(email(i), harness.AdaPassword))
		switch {
		case len(r.Errors) == 0:
			exist++
		case acknowledged[i]:
			t.Errorf("%s was acknowledged and does not exist: %s", email(i), r.Body)
		default:
			p.Ask(t, "", harness.RegisterOperation, harness.Credentials(email(i), harness.AdaPassword)).Want(t, "")
		}
	}
	if exist < accounts/2 || exist == accounts {
		t.Logf("%d of %d accounts existed", exist, accounts)
	}
}

func email(i int) string { return fmt.Sprintf("user-%d@example.com", i) }

// tryRegister reports whether a registration was acknowledged.
func tryRegister(t *testing.T, p *harness.Process, i int) bool {
	const query = `mutation($input: RegisterInput!) { register(input: $input) { expiresIn } }`
	r, err := p.Do(t.Context(), nil, harness.Body(query, harness.Credentials(email(i), harness.AdaPassword)))
	return err == nil && r.At("register.expiresIn") == 900.0
}

// TestGracefulStop stops the service while a request is under way: it is still
// answered.
func TestGracefulStop(t *testing.T) {
	p := harness.Launch(t, harness.Folder(t))
	body := `{"query":"{ __typename }"}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.Client.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:5])
	if err := p.AwaitReady(t.Context()); err != nil { // by now the first part has been read
		t.Fatal(err)
	}
	if err := p.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	harness.Eventually(t, "the service is stopping", func() bool { return strings.Contains(p.Output(), "finishing the requests") })
	fmt.Fprint(conn, body[5:])
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	if err != nil || !bytes.Contains(answer[:n], []byte("200 OK")) {
		t.Errorf("the request under way was answered %q, %v", answer[:n], err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("the service ended with %v:\n%s", err, p.Output())
	}
}
