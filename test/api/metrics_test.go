package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gatehouse/server"
	"gatehouse/test/harness"
)

func TestMetrics(t *testing.T) {
	address := harness.FreeAddress(t)
	s := harness.Start(t, append(nowhere(), "METRICS_ADDR="+address)...)
	ada := s.Register(t, harness.AdaEmail, harness.AdaPassword)
	for range 2 {
		s.Ask(t, "", harness.LoginOperation, harness.Vars{"input": harness.Vars{"email": harness.AdaEmail, "password": "wrong-canary-password"}}).Want(t, "INVALID_CREDENTIALS")
	}
	s.Refresh(t, ada.Refresh)
	s.Ask(t, ada.Access, `query People { users { nodes { email } } }`, nil).Want(t, "FORBIDDEN")
	s.Ask(t, ada.Access, `query Me { me { email } }`, nil).Want(t, "")
	s.Ask(t, ada.Access, `query Me { me { email } }`, nil).Want(t, "")
	s.Ask(t, "", `{`, nil).Want(t, "GRAPHQL_PARSE_FAILED")
	s.Ask(t, "", `mutation($t: String!) { refresh(refreshToken: $t) { user { sessions { id } } } }`, harness.Vars{"t": ada.Refresh}).Want(t, "")

	got := harness.Scrape(t, address)
	for sample, value := range map[string]string{
		`gatehouse_logins_total{field="register",outcome="ok"}`:                           "1",
		`gatehouse_logins_total{field="login",outcome="INVALID_CREDENTIALS"}`:             "2",
		`gatehouse_logins_total{field="refresh",outcome="ok"}`:                            "2",
		`gatehouse_decisions_total{coordinate="Query.users",verdict="DENY"}`:              "1",
		`gatehouse_decisions_total{coordinate="Query.me",verdict="ALLOW"}`:                "2",
		`gatehouse_decisions_total{coordinate="User.sessions",verdict="SELF"}`:            "1",
		`gatehouse_decisions_total{coordinate="User.sessions",verdict="DENY"}`:            "",
		`gatehouse_requests_total{code="",operation="Me",status="200"}`:                   "2",
		`gatehouse_requests_total{code="FORBIDDEN",operation="other",status="200"}`:       "1",
		`gatehouse_requests_total{code="GRAPHQL_PARSE_FAILED",operation="",status="200"}`: "1",
		`gatehouse_requests_total{code="INVALID_CREDENTIALS",operation="",status="200"}`:  "2",
		`gatehouse_request_seconds_count{type="mutation"}`:                                "5",
		`gatehouse_request_seconds_count{type="query"}`:                                   "3",
		`gatehouse_hearing`:             "1",
		`gatehouse_requests_in_flight`:  "0",
		`gatehouse_requests_shed_total`: "0",
		`gatehouse_hashes_working`:      "0",
		`gatehouse_hashes_waiting`:      "0",
		`gatehouse_pool_waits_total`:    "0",
		`gatehouse_mails_waiting`:       "0",
		`gatehouse_mail_wait_seconds`:   "0",
		`gatehouse_mails_sent_total`:    "0",
		`gatehouse_mails_dropped_total`: "0",
		`gatehouse_mails_failed_total`:  "0",
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
	for _, secret := range []string{"canary", ada.Access, ada.Refresh, harness.AdaEmail, harness.AdaPassword, ada.UserID, harness.SecretKey} {
		if strings.Contains(got[""], secret) {
			t.Errorf("the metrics contain %q", secret)
		}
	}
	response, err := http.Get("http://" + address + "/graphql")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("METRICS_ADDR answers the API's path with %d", response.StatusCode)
	}
	if there, err := http.Get(s.URL + "/metrics"); err != nil || there.StatusCode != http.StatusNotFound {
		t.Errorf("the API's address answers /metrics: %v", err)
	}
}

// TestDashboard looks up the metrics and labels of the dashboard in docs.
func TestDashboard(t *testing.T) {
	address := harness.FreeAddress(t)
	s := harness.Start(t, append(nowhere(), "METRICS_ADDR="+address, "OAUTH=on")...)
	s.Register(t, harness.AdaEmail, harness.AdaPassword)
	s.Ask(t, "", `{ me { id } }`, nil).Want(t, "UNAUTHENTICATED")
	if r, err := http.PostForm(s.URL+"/oauth/token", url.Values{"grant_type": {"client_credentials"}}); err != nil {
		t.Fatal(err)
	} else {
		r.Body.Close()
	}
	there := harness.Scrape(t, address)[""]
	text, err := os.ReadFile("../../docs/grafana.json")
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
	shown := map[string]bool{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			metric := name.FindString(target.Expr)
			shown[strings.TrimSuffix(metric, "_bucket")] = true
			if metric == "" || !strings.Contains(there, "\n"+metric) {
				t.Errorf("%s: no metric %q", panel.Title, metric)
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
	for _, metric := range documented(t) {
		if !shown[metric] {
			t.Errorf("no panel shows %s", metric)
		}
	}
}

// documented returns the metrics that docs/operations.md has.
func documented(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Metrics and alerts")
	table, _, _ := strings.Cut(section, "\n- ")
	return regexp.MustCompile(`gatehouse_\w+`).FindAllString(table, -1)
}

// TestAlertsHaveMetrics looks up the metrics of the alerts.
func TestAlertsHaveMetrics(t *testing.T) {
	text, err := os.ReadFile("../../deploy/prometheus-rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`gatehouse_\w+`).FindAllString(string(text), -1)
	for _, metric := range used {
		if !slices.Contains(documented(t), metric) {
			t.Errorf("no metric %s", metric)
		}
	}
	if len(used) < 10 {
		t.Errorf("only %d metrics in the alerts", len(used))
	}
}

func TestMetricsAddressIsTaken(t *testing.T) {
	s := harness.Start(t)
	taken := harness.Environ(s.Settings().DatabaseURL, "METRICS_ADDR="+strings.TrimPrefix(s.URL, "http://"))
	_, err := server.New(t.Context(), harness.Settings(t, taken...), slog.New(slog.DiscardHandler), time.Now)
	if err == nil || !strings.Contains(err.Error(), "METRICS_ADDR") {
		t.Errorf("error = %v, want that METRICS_ADDR is taken", err)
	}
}
