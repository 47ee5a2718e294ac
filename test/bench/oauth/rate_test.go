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
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatehouse/store/storetest"
	"gatehouse/test/harness"
)

var (
	peer     = flag.Bool("peer", false, "measure, and start oidc-provider to compare with")
	duration = flag.Duration("duration", 5*time.Second, "how long each measurement takes")
)

func TestMain(m *testing.M) { os.Exit(harness.Run(m)) }

// connections is how many clients ask at once: fewer than the sessions that an application may have.
const connections = 16

// A side is one of the two services, with a program and an application.
type side struct {
	name       string
	url        string
	robot, app harness.Application
}

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
	return side{"Gatehouse", p.Client.URL, p.Application(t, robot), p.Application(t, nil)}
}

// theirs starts oidc-provider.
func theirs(t *testing.T) side {
	t.Helper()
	s := side{name: "oidc-provider", robot: harness.Application{ID: "robot", Secret: "s3cret-of-the-robot"}, app: harness.Application{ID: "app", Secret: "s3cret-of-the-app"}}
	clients, err := json.Marshal([]map[string]any{
		{"id": s.robot.ID, "secret": s.robot.Secret, "name": "robot", "grants": []string{"client_credentials"}, "scopes": []string{"read:users"}},
		{"id": s.app.ID, "secret": s.app.Secret, "name": "app", "redirectUris": []string{harness.Callback}, "grants": []string{"authorization_code", "refresh_token"}, "scopes": []string{"openid", "offline_access"}},
	})
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
	s.url = strings.TrimSpace(line)
	return s
}

// rate returns how many calls a second the workers finish.
func rate(t *testing.T, call func(worker int) error) float64 {
	t.Helper()
	var done atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, connections)
	began := time.Now()
	for i := range connections {
		workers.Go(func() {
			for time.Since(began) < *duration && errs[i] == nil {
				errs[i] = call(i)
				done.Add(1)
			}
		})
	}
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return float64(done.Load()) / time.Since(began).Seconds()
}

// credentials returns the rate of client credentials.
func (s side) credentials(t *testing.T) float64 {
	t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	return rate(t, func(int) error {
		r, err := s.client().Token(t.Context(), s.robot, form)
		return failure(r, err)
	})
}

// refreshes returns the rate of refreshes with an ID token. Each worker has a session of its own,
// and always sends the newest refresh token.
func (s side) refreshes(t *testing.T, tokens []string) float64 {
	t.Helper()
	return rate(t, func(worker int) error {
		r, err := s.client().Token(t.Context(), s.app, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens[worker]}})
		if r.Refresh != "" {
			tokens[worker] = r.Refresh
		}
		if err == nil && r.IDToken == "" {
			return fmt.Errorf("%s: no ID token: %d %s", s.name, r.Status, r.Error)
		}
		return failure(r, err)
	})
}

func failure(r harness.TokenReply, err error) error {
	if err == nil && r.Status != http.StatusOK {
		err = fmt.Errorf("%d %s", r.Status, r.Error)
	}
	return err
}

// sessions logs in once for each worker, and returns the refresh tokens.
func (s side) sessions(t *testing.T) []string {
	t.Helper()
	tokens := make([]string, connections)
	for i := range tokens {
		person := harness.NewBrowser(t, harness.AdaEmail, harness.AdaPassword)
		code := person.Code(t, s.app.AuthorizeURL(s.url, "openid offline_access")+"&prompt=consent", harness.Callback)
		r, err := s.client().Redeem(t.Context(), s.app, code)
		if tokens[i] = r.Must(t, err).Refresh; tokens[i] == "" {
			t.Fatalf("%s gives no refresh token", s.name)
		}
	}
	return tokens
}

// TestRate takes the best of three measurements of each side, which take turns.
func TestRate(t *testing.T) {
	if !*peer {
		t.Skip("add -peer to measure")
	}
	http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = connections
	both := []side{ours(t), theirs(t)}
	tokens := [][]string{both[0].sessions(t), both[1].sessions(t)}
	var credentials, refreshes [2]float64
	for range 3 {
		for i, s := range both {
			credentials[i] = max(credentials[i], s.credentials(t))
			refreshes[i] = max(refreshes[i], s.refreshes(t, tokens[i]))
		}
	}
	for _, trial := range []struct {
		name  string
		rates [2]float64
		least float64
	}{{"client credentials", credentials, 3}, {"refresh", refreshes, 1.5}} {
		ratio := trial.rates[0] / trial.rates[1]
		t.Logf("%s: %.0f a second, oidc-provider %.0f: %.1f times", trial.name, trial.rates[0], trial.rates[1], ratio)
		if ratio < trial.least {
			t.Errorf("%s: %.1f times the rate of oidc-provider; want %.1f", trial.name, ratio, trial.least)
		}
	}
}
