package counts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// An invalid URL is refused without being repeated.
func TestOpenRefuses(t *testing.T) {
	dir := certificates(t)
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"localhost:6379": "not a Redis URL", "http://localhost": "not a Redis URL", "\x7f": "not a Redis URL",
		"redis://:secret@host:port/x": "not a Redis URL", "redis:///0": "not a Redis URL", "redis://localhost/-1": "not a Redis URL",
		"unix://run/redis.sock": "not a Redis URL", "unix://": "not a Redis URL", "redis://a,b": "not a Redis URL",
		"redis://localhost/0#mymaster": "not a Redis URL", "redis+sentinel://a,/m": "not a Redis URL",
		"redis+sentinel://a,b:x/m": "not a Redis URL", "redis+sentinel://a/m/x": "not a Redis URL",
		"redis+sentinel://a/m/0/1": "not a Redis URL", "redis+sentinel://a,user:secret@b/": "the name of the master is missing",
		"redis+sentinel://a,b":                                  "the name of the master is missing",
		"redis://localhost/?secret=1":                           "unknown parameter",
		"redis://localhost/?ssl_ca_certs=x":                     "ssl_ca_certs needs TLS",
		"redis://localhost/?sentinel_password=secret":           "sentinel_password needs sentinels",
		"rediss://localhost/?ssl_cert_reqs=secret":              "ssl_cert_reqs must be required or none",
		"rediss://localhost/?ssl_ca_certs=/no/such":             "ssl_ca_certs: open /no/such",
		"rediss://localhost/?ssl_ca_certs=" + empty:             "has no certificate",
		"rediss://localhost/?ssl_certfile=x":                    "go together",
		"rediss://localhost/?ssl_cert_reqs=none&ssl_cert_reqs=": "twice",
	} {
		_, err := Open(Options{URL: url, Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

// A URL says where Redis or its sentinels are, with the ports that are usual.
func TestParseURL(t *testing.T) {
	for url, want := range map[string][]string{
		"redis://localhost":                                 {"", "localhost:6379"},
		"redis://:p%40ss@localhost:6380/2":                  {"", "localhost:6380"},
		"rediss://user:secret@redis.example/1":              {"", "redis.example:6379"},
		"valkeys://user:secret@cache.example:6380":          {"", "cache.example:6380"},
		"redis://[::1]:6380":                                {"", "[::1]:6380"},
		"unix:///run/redis.sock":                            {"", "/run/redis.sock"},
		"unix://:secret@/run/redis.sock":                    {"", "/run/redis.sock"},
		"redis+sentinel://a,b:5,[::1]/mymaster":             {"mymaster", "a:26379", "b:5", "[::1]:26379"},
		"redis+sentinel://u:p@a:1,b:2/mymaster/3":           {"mymaster", "a:1", "b:2"},
		"redis+sentinel://u:p@a/m?sentinel_password=secret": {"m", "a:26379"},
		"rediss+sentinel://a/m?ssl_cert_reqs=required":      {"m", "a:26379"},
		"redis-sentinel://secret@a,b/0#mymaster":            {"mymaster", "a:26379", "b:26379"},
	} {
		got, err := parseURL(url, time.Second)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if got.master != want[0] || !slices.Equal(got.hosts, want[1:]) {
			t.Errorf("%s: %q, %q; want %q", url, got.master, got.hosts, want)
		}
	}
	if c, err := Open(Options{Now: time.Now}); err != nil || c.redis != nil {
		t.Errorf("no URL: %v", err)
	}
}
