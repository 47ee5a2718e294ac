package harness

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Scrape reads the metrics served at METRICS_ADDR, by name and labels, such as
// `gatehouse_logins_total{field="login",outcome="ok"}`. The whole text is at "".
func Scrape(t testing.TB, address string) map[string]string {
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
