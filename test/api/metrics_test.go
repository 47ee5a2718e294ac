package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"gatehouse/graph"
)

// scrape reads the metrics, by name and labels.
func scrape(t *testing.T, address string) map[string]string {
	t.Helper()
	response, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%d, %v", response.StatusCode, err)
	}
	samples := map[string]string{"": string(text)}
	for line := range strings.Lines(string(text)) {
		if i := strings.LastIndexByte(line, ' '); i > 0 && line[0] != '#' {
			samples[line[:i]] = strings.TrimSpace(line[i+1:])
		}
	}
	return samples
}

func TestMetrics(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	s := start(t, "METRICS_ADDR="+address)
	ada := s.register(t, adaEmail, adaPassword)
	for range 2 {
		want(t, s.ask(t, "", loginOperation, vars{"input": vars{"email": adaEmail, "password": "wrong-canary-password"}}), "INVALID_CREDENTIALS")
	}
	session1(t, "refresh", s.ask(t, "", refreshOperation, vars{"token": ada.refresh}))
	want(t, s.ask(t, ada.access, `query People { users { nodes { email } } }`, nil), "FORBIDDEN")
	want(t, s.ask(t, ada.access, `query Me { me { email } }`, nil), "")
	want(t, s.ask(t, ada.access, `query Me { me { email } }`, nil), "")
	want(t, s.ask(t, "", `{`, nil), "GRAPHQL_PARSE_FAILED")

	got := scrape(t, address)
	for sample, value := range map[string]string{
		`gatehouse_logins_total{field="register",outcome="ok"}`:                           "1",
		`gatehouse_logins_total{field="login",outcome="INVALID_CREDENTIALS"}`:             "2",
		`gatehouse_logins_total{field="refresh",outcome="ok"}`:                            "1",
		`gatehouse_decisions_total{coordinate="Query.users",verdict="DENY"}`:              "1",
		`gatehouse_decisions_total{coordinate="Query.me",verdict="ALLOW"}`:                "2",
		`gatehouse_requests_total{code="",operation="Me",status="200"}`:                   "2",
		`gatehouse_requests_total{code="FORBIDDEN",operation="other",status="200"}`:       "1",
		`gatehouse_requests_total{code="GRAPHQL_PARSE_FAILED",operation="",status="200"}`: "1",
		`gatehouse_requests_total{code="INVALID_CREDENTIALS",operation="",status="200"}`:  "2",
		`gatehouse_request_seconds_count{type="mutation"}`:                                "4",
		`gatehouse_request_seconds_count{type="query"}`:                                   "3",
		`gatehouse_hearing`:             "1",
		`gatehouse_requests_in_flight`:  "0",
		`gatehouse_requests_shed_total`: "0",
		`gatehouse_hashes_working`:      "0",
		`gatehouse_hashes_waiting`:      "0",
		`gatehouse_pool_waits_total`:    "0",
	} {
		if got[sample] != value {
			t.Errorf("%s = %q; want %s", sample, got[sample], value)
		}
	}
	for _, name := range []string{"gatehouse_revocation_lag_seconds", "gatehouse_pool_open", "gatehouse_pool_busy", "process_resident_memory_bytes", "go_goroutines"} {
		if got[name] == "" {
			t.Errorf("%s is missing", name)
		}
	}
	for _, secret := range []string{"canary", ada.access, ada.refresh, adaEmail, adaPassword, ada.id, testSecret} {
		if strings.Contains(got[""], secret) {
			t.Errorf("the metrics hold %q", secret)
		}
	}
	response, err := http.Get("http://" + address + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("the address of the metrics answers the API's path with %d", response.StatusCode)
	}
	if there, err := http.Get(s.url + "/metrics"); err != nil || there.StatusCode != http.StatusNotFound {
		t.Errorf("the address of the API answers /metrics: %v", err)
	}
}

// The dashboard asks for metrics and labels that there are.
func TestDashboardAsksForWhatThereIs(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	s := start(t, "METRICS_ADDR="+address)
	s.register(t, adaEmail, adaPassword)
	want(t, s.ask(t, "", `{ me { id } }`, nil), "UNAUTHENTICATED")
	there := scrape(t, address)[""]
	text, err := os.ReadFile("docs/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil || len(dashboard.Panels) == 0 {
		t.Fatalf("%d panels, %v", len(dashboard.Panels), err)
	}
	name, label := regexp.MustCompile(`(gatehouse|process)_\w+`), regexp.MustCompile(`by \(([^)]*)\)`)
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			metric := name.FindString(target.Expr)
			if metric == "" || !strings.Contains(there, "\n"+metric) {
				t.Errorf("%s: there is no metric %q", panel.Title, metric)
			}
			for _, by := range label.FindAllStringSubmatch(target.Expr, -1) {
				for l := range strings.SplitSeq(by[1], ", ") {
					if l != "instance" && !regexp.MustCompile(`(?m)^`+metric+`\{.*\b`+l+`="`).MatchString(there) {
						t.Errorf("%s: %s has no label %q", panel.Title, metric, l)
					}
				}
			}
		}
	}
}

func TestMetricsAddressIsTaken(t *testing.T) {
	s := start(t)
	s.settings.MetricsAddr = strings.TrimPrefix(s.url, "http://")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if _, err := s.server(ctx, s.prepared); err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("%v; want that METRICS_ADDR is taken", err)
	}
}
