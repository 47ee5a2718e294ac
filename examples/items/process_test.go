package main

import (
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
	"gatehouse/test/harness/process"
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// A gatehouse is a database and the settings that every replica on it has.
type gatehouse struct{ environ []string }

func newGatehouse(t *testing.T) *gatehouse {
	t.Helper()
	return &gatehouse{harness.Environ(storetest.DSN(t))}
}

// serve launches a replica. Its own URL is the issuer unless a setting says
// otherwise.
func (g *gatehouse) serve(t *testing.T, environ ...string) *harness.Process {
	t.Helper()
	return g.serveAt(t, harness.FreeAddress(t), environ...)
}

func (g *gatehouse) serveAt(t *testing.T, address string, environ ...string) *harness.Process {
	t.Helper()
	settings := slices.Concat(g.environ, []string{"ADDR=" + address, "PUBLIC_URL=http://" + address}, environ)
	p := harness.Begin(t, harness.Config(t, t.TempDir(), settings))
	p.Client.URL, p.Process.URL = "http://"+address, "http://"+address
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	return p
}

// command runs one of Gatehouse's commands.
func (g *gatehouse) command(t *testing.T, args ...string) {
	t.Helper()
	if output, err := harness.Config(t, t.TempDir(), g.environ, args...).Command().CombinedOutput(); err != nil {
		t.Fatalf("gatehouse %q: %v\n%s", args, err, output)
	}
}

var listening = regexp.MustCompile(`listening url=(http://[0-9.:]+)/graphql`)

// serveItems runs the example as its users do, with these settings.
func serveItems(t *testing.T, environ ...string) *harness.Process {
	t.Helper()
	p := harness.Begin(t, process.Config{
		Program: harness.Program(t, "gatehouse/examples/items"), Dir: t.TempDir(), Environ: append(environ, "ADDR=127.0.0.1:0"),
	})
	await(t, p, "its address", func() bool {
		found := listening.FindStringSubmatch(p.Output())
		if found != nil {
			p.Client.URL = found[1]
		}
		return found != nil
	})
	return p
}

// await waits until something is so, as long as the process runs.
func await(t *testing.T, p *harness.Process, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(process.Patience); !so(); time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.Ended():
			t.Fatalf("%s: the process ended:\n%s", what, p.Output())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("never: %s:\n%s", what, p.Output())
		}
	}
}

// register creates an account with roles, if there are any, and logs in.
func (g *gatehouse) register(t *testing.T, p *harness.Process, email string, roles ...string) harness.Session {
	t.Helper()
	s := p.Register(t, email, harness.AdaPassword)
	if len(roles) == 0 {
		return s
	}
	g.command(t, append([]string{"user", "set-roles", email}, roles...)...)
	return p.Login(t, email, harness.AdaPassword)
}
