package load

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseWrk(t *testing.T) {
	const good = "Running 1s test\nresult: requests 4000 us 2000000 wrong 0 p50 650 p99 2100 p999 9000\n"
	got, err := parseWrk(good)
	if want := (Load{Requests: 4000, Elapsed: 2 * time.Second, P50: .65, P99: 2.1, P999: 9}); err != nil || got != want {
		t.Errorf("load = %+v, %v; want %+v", got, err, want)
	}
	idle := strings.Replace(good, "requests 4000", "requests 0", 1)
	for _, text := range []string{
		"unable to connect",
		strings.Replace(good, "wrong 0", "wrong 1", 1),
		strings.Replace(idle, "wrong 0", "wrong 1", 1),
	} {
		if got, err := parseWrk(text); err == nil || errors.Is(err, errNone) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
	if got, err := parseWrk(idle); !errors.Is(err, errNone) {
		t.Errorf("%q is %+v, %v", idle, got, err)
	}
}

func TestLua(t *testing.T) {
	if got, want := lua("{\"q\":\"a\\n\"} é\n"), `"{\034q\034:\034a\092n\034} \195\169\010"`; got != want {
		t.Errorf("lua = %s, want %s", got, want)
	}
}

func TestParsePgbench(t *testing.T) {
	const good = "number of transactions actually processed: 5000\nlatency average = 0.560 ms\ntps = 2500.000000 (without initial connection time)\n"
	got, err := parsePgbench(good)
	if want := (Load{Requests: 5000, Elapsed: 2 * time.Second, P50: .56}); err != nil || got != want {
		t.Errorf("load = %+v, %v; want %+v", got, err, want)
	}
	const broken, idle = "ERROR: no such table", "number of transactions actually processed: 0\nnumber of failed transactions: 0 (NaN%)\n"
	if got, err := parsePgbench(broken); err == nil || errors.Is(err, errNone) {
		t.Errorf("%q is %+v, %v", broken, got, err)
	}
	if got, err := parsePgbench(idle); !errors.Is(err, errNone) {
		t.Errorf("%q is %+v, %v", idle, got, err)
	}
}

func TestParsePS(t *testing.T) {
	tests := []struct {
		text string
		cpu  time.Duration // 0: invalid
	}{
		{" 2048 0:01.50\n", 1500 * time.Millisecond},
		{"2048 01:00:01", time.Hour + time.Second},
		{"2048 2-01:00:00", 49 * time.Hour},
		{"2048", 0},
		{"", 0},
		{"much 0:01", 0},
		{"2048 long", 0},
		{"2048 x-01:00:00", 0},
	}
	for _, tt := range tests {
		got, err := parsePS(tt.text)
		if (err == nil) != (tt.cpu > 0) || got.CPU != tt.cpu || err == nil && got.Resident != 2<<20 {
			t.Errorf("%q is %+v, %v", tt.text, got, err)
		}
	}
}

func TestQuantile(t *testing.T) {
	sorted := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if got := []float64{quantile(sorted, .5), quantile(sorted, .99), quantile(sorted, 1), quantile(nil, .5)}; !slices.Equal(got, []float64{6, 10, 10, 0}) {
		t.Errorf("quantiles = %v", got)
	}
}
