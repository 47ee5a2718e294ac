// Package oauth compares the token endpoint with that of the certified oidc-provider of npm, on one
// machine and in one run:
//
//	(cd test/oauth && npm ci)
//	go test ./test/bench/oauth -v -peer
//
// The peer keeps everything in memory; Gatehouse uses its database.
package oauth

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/bench/load"
	"gatehouse/test/harness"
)

var (
	peer     = flag.Bool("peer", false, "measure, and start oidc-provider to compare with")
	duration = flag.Duration("duration", 5*time.Second, "how long each measurement takes")
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// connections is how many clients ask at once: fewer than the sessions that an application may have.
const connections = 16

// A side is one of the two services, with a program and two applications, by the algorithm of
// their ID tokens.
type side struct {
	name  string
	url   string
	pid   int
	robot harness.Application
	apps  map[string]harness.Application
}

// algorithms are those of ID tokens. Everyone takes the first; Go's crypto/rsa needs several times
// as long for it as the OpenSSL of Node.
var algorithms = []string{"RS256", "ES256"}

func (s side) client() *harness.Client { return &harness.Client{URL: s.url} }

// ours starts Gatehouse.
func ours(t *testing.T) side {
	t.Helper()
	address := harness.FreeAddress(t)
	environ := harness.Environ(storetest.DSN(t), "OAUTH=on", "LOG_LEVEL=warn", "ADDR="+address, "PUBLIC_URL=http://"+address)
	p := harness.Begin(t, harness.Config(t, t.TempDir(), environ))
	p.Client.URL, p.Process.URL = "http://"+address, "http://"+address
	if err := p.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Register(t, harness.AdaEmail, harness.AdaPassword)
	robot := harness.Vars{"redirectUris": []string{}, "grants": []string{"CLIENT_CREDENTIALS"}, "scopes": []string{}}
	apps := map[string]harness.Application{}
	for _, alg := range algorithms {
		apps[alg] = p.Application(t, harness.Vars{"idTokenAlgorithm": alg})
	}
	return side{"Gatehouse", p.Client.URL, p.PID(), p.Application(t, robot), apps}
}

// theirs starts oidc-provider.
func theirs(t *testing.T) side {
	t.Helper()
	s := side{name: "oidc-provider", robot: harness.Application{ID: "robot", Secret: "s3cret-of-the-robot"}, apps: map[string]harness.Application{}}
	registered := []map[string]any{{"id": s.robot.ID, "secret": s.robot.Secret, "name": "robot", "grants": []string{"client_credentials"}, "scopes": []string{"read:users"}}}
	for _, alg := range algorithms {
		app := harness.Application{ID: "app-" + alg, Secret: "s3cret-of-" + alg}
		s.apps[alg] = app
		registered = append(registered, map[string]any{
			"id": app.ID, "secret": app.Secret, "name": alg, "redirectUris": []string{harness.Callback}, "idTokenAlgorithm": alg,
			"grants": []string{"authorization_code", "refresh_token"}, "scopes": []string{"openid", "offline_access"},
		})
	}
	clients, err := json.Marshal(registered)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	node := exec.CommandContext(ctx, "node", "serve-oracle.mjs")
	node.Dir = "../../oauth"
	node.Env = append(os.Environ(), "CLIENTS="+string(clients), "NODE_ENV=production")
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = node.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("oidc-provider: %v; run npm ci in test/oauth", err)
	}
	s.url, s.pid = strings.TrimSpace(line), node.Process.Pid
	return s
}

// A measurement is what one trial of a side comes to.
type measurement struct {
	rate float64       // calls a second
	cpu  time.Duration // of the server, for each call
}

// measure has workers call as often as they can, each on a connection of its own.
func (s side) measure(t *testing.T, a harness.Application, call func(worker int, c *connection) error) measurement {
	t.Helper()
	before, err := load.UsageOf(s.pid)
	if err != nil {
		t.Fatal(err)
	}
	var done atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, connections)
	began := time.Now()
	for i := range connections {
		c := connect(t, s.url, a)
		workers.Go(func() {
			for time.Since(began) < *duration && errs[i] == nil {
				errs[i] = call(i, c)
				done.Add(1)
			}
		})
	}
	workers.Wait()
	took := time.Since(began)
	if err := errors.Join(errs...); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	after, err := load.UsageOf(s.pid)
	if err != nil {
		t.Fatal(err)
	}
	return measurement{float64(done.Load()) / took.Seconds(), (after.CPU - before.CPU) / time.Duration(done.Load())}
}

// credentials measures client credentials.
func (s side) credentials(t *testing.T) measurement {
	t.Helper()
	return s.measure(t, s.robot, func(_ int, c *connection) error {
		_, err := c.token("grant_type=client_credentials")
		return err
	})
}

// refreshes measures refreshes that bring an ID token. Each worker has a session of its own, and
// always sends the newest refresh token.
func (s side) refreshes(t *testing.T, alg string, tokens []string) measurement {
	t.Helper()
	return s.measure(t, s.apps[alg], func(worker int, c *connection) error {
		r, err := c.token("grant_type=refresh_token&refresh_token=" + url.QueryEscape(tokens[worker]))
		switch {
		case err != nil:
			return err
		case r.IDToken == "":
			return errors.New("no ID token")
		case r.Refresh != "":
			tokens[worker] = r.Refresh
		}
		return nil
	})
}

// sessions logs in once for each worker, and returns the refresh tokens.
func (s side) sessions(t *testing.T, alg string) []string {
	t.Helper()
	tokens := make([]string, connections)
	for i := range tokens {
		person := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
		code := person.Code(t, s.apps[alg].AuthorizeURL(s.url, "openid offline_access")+"&prompt=consent", harness.Callback)
		r, err := s.client().Redeem(t.Context(), s.apps[alg], code)
		if tokens[i] = r.Must(t, err).Refresh; tokens[i] == "" {
			t.Fatalf("%s gives no refresh token", s.name)
		}
	}
	return tokens
}

// A trial is what is measured of both sides, and how many times faster ours has to be.
type trial struct {
	name    string
	least   float64
	measure func(side int) measurement
}

// TestRate takes the best of three measurements of each side, which take turns.
func TestRate(t *testing.T) {
	if !*peer {
		t.Skip("add -peer to measure")
	}
	both := []side{ours(t), theirs(t)}
	trials := []trial{{"client credentials", 3, func(i int) measurement { return both[i].credentials(t) }}}
	for _, alg := range algorithms {
		tokens := [][]string{both[0].sessions(t, alg), both[1].sessions(t, alg)}
		trials = append(trials, trial{"refresh, ID token in " + alg, 1.5, func(i int) measurement { return both[i].refreshes(t, alg, tokens[i]) }})
	}
	for _, trial := range trials {
		var best [2]measurement
		for range 3 {
			for i := range both {
				if m := trial.measure(i); m.rate > best[i].rate {
					best[i] = m
				}
			}
		}
		ratio := best[0].rate / best[1].rate
		t.Logf("%s: %.0f a second (%v of CPU each), oidc-provider %.0f (%v): %.1f times", trial.name,
			best[0].rate, best[0].cpu.Round(time.Microsecond), best[1].rate, best[1].cpu.Round(time.Microsecond), ratio)
		if ratio < trial.least {
			t.Errorf("%s: %.1f times the rate of oidc-provider; want %.1f", trial.name, ratio, trial.least)
		}
	}
}
