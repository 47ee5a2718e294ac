package deploy

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	annotations = regexp.MustCompile(`(?m)^        annotations:\n(?:          .*\n)+`)
	alertName   = regexp.MustCompile(`(?m)^      - alert: (\w+)$`)
)

// Each alert fires for what it is about and is silent otherwise, as testdata/alerts.yaml
// says. promtool compares annotations too, which are left out here.
func TestAlerts(t *testing.T) {
	needs(t, "promtool")
	rules, cases := read(t, "deploy/prometheus-rules.yaml"), read(t, "test/deploy/testdata/alerts.yaml")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "rules.yaml"), annotations.ReplaceAllString(rules, ""))
	write(t, filepath.Join(dir, "alerts.yaml"), replaced(t, cases, "../../../deploy/prometheus-rules.yaml", "rules.yaml"))
	if output, err := run(t, dir, "", "promtool", "test", "rules", "alerts.yaml"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if output, err := run(t, root, "", "promtool", "check", "rules", "deploy/prometheus-rules.yaml"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	names := alertName.FindAllStringSubmatch(rules, -1)
	for _, name := range names {
		if !regexp.MustCompile(`alertname: `+name[1]+`\n +exp_alerts:\n`).MatchString(cases) || !strings.Contains(cases, "alertname: "+name[1]+"\n        exp_alerts: []") {
			t.Errorf("%s is not tested to fire and to be silent", name[1])
		}
	}
	if len(names) < 10 {
		t.Errorf("only %d alerts", len(names))
	}
}

// The configuration of the page reads the rules, and its job is the one they name.
func TestScraping(t *testing.T) {
	needs(t, "promtool")
	dir := t.TempDir()
	config := replaced(t, block(t, "yaml", "scrape_configs"), "/etc/prometheus/gatehouse-rules.yaml", "rules.yaml")
	write(t, filepath.Join(dir, "rules.yaml"), read(t, "deploy/prometheus-rules.yaml"))
	write(t, filepath.Join(dir, "prometheus.yaml"), config)
	if output, err := run(t, dir, "", "promtool", "check", "config", "prometheus.yaml"); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	if !strings.Contains(config, "job_name: gatehouse\n") {
		t.Error("the job has another name")
	}
}

// The rules for the Prometheus operator are the same.
func TestPrometheusRule(t *testing.T) {
	const path = "deploy/kubernetes/monitoring/prometheusrule.yaml"
	_, got, _ := strings.Cut(read(t, path), "\nspec:\n")
	var want strings.Builder
	for line := range strings.Lines(read(t, "deploy/prometheus-rules.yaml")) {
		switch {
		case strings.HasPrefix(line, "#"):
		case strings.TrimSpace(line) == "":
			want.WriteString("\n")
		default:
			want.WriteString("  " + line)
		}
	}
	if got != want.String() {
		t.Errorf("%s differs from deploy/prometheus-rules.yaml: indent that file below spec:", path)
	}
}
