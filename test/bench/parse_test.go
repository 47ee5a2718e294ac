package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestParseWrk(t *testing.T) {
	const good = "Running 1s test\nresult: requests 4000 us 2000000 wrong 0 p50 650 p99 2100 p999 9000\n"
	got, err := parseWrk(good)
	if want := (load{requests: 4000, elapsed: 2 * time.Second, p50: .65, p99: 2.1, p999: 9}); err != nil || got != want {
		t.Errorf("load = %+v, %v; want %+v", got, err, want)
	}
	for _, text := range []string{
		"unable to connect",
		strings.Replace(good, "wrong 0", "wrong 1", 1),
		strings.Replace(good, "requests 4000", "requests 0", 1),
	} {
		if got, err := parseWrk(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
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
	if want := (load{requests: 5000, elapsed: 2 * time.Second, p50: .56}); err != nil || got != want {
		t.Errorf("load = %+v, %v; want %+v", got, err, want)
	}
	for _, text := range []string{"ERROR: no such table", strings.Replace(good, "5000", "0", 1)} {
		if got, err := parsePgbench(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestParseBenchmark(t *testing.T) {
	ns, allocs, err := parseBenchmark("goos: linux\nBenchmarkDecideAgain-2   100   36.50 ns/op   0 B/op   0 allocs/op\nBenchmarkDecideAgain-2   100   40 ns/op   16 B/op   2 allocs/op\nPASS\n")
	if err != nil || ns != (spread{38.25, 36.5, 40}) || allocs != (spread{1, 0, 2}) {
		t.Errorf("%v, %v, %v", ns, allocs, err)
	}
	if _, _, err := parseBenchmark("PASS"); err == nil {
		t.Error("output without a benchmark was accepted")
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
		if (err == nil) != (tt.cpu > 0) || got.cpu != tt.cpu || err == nil && got.resident != 2<<20 {
			t.Errorf("%q is %+v, %v", tt.text, got, err)
		}
	}
}

func TestParsePlan(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"by an index", `[{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Index Scan", "Index Name": "users_pkey", "Index Cond": "(id > $1)", "Filter": "(x)"}]}}]`, "users_pkey"},
		{"the first of an index", `[{"Plan": {"Node Type": "Limit", "Plans": [{"Node Type": "Index Scan", "Index Name": "users_pkey"}]}}]`, "users_pkey"},
		{"a whole index", `[{"Plan": {"Node Type": "Index Scan", "Index Name": "users_pkey", "Filter": "(email_folded ~~ $1)"}}]`, "all of users_pkey"},
		{"a whole table", `[{"Plan": {"Node Type": "Seq Scan", "Relation Name": "users", "Filter": "(x)"}}]`, "all of users"},
	}
	for _, tt := range tests {
		if p, err := parsePlan(tt.text); err != nil || p.Access() != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, p.Access(), err, tt.want)
		}
	}
	if _, err := parsePlan("Seq Scan on users"); err == nil {
		t.Error("a text was accepted as a plan")
	}
}

func TestParameters(t *testing.T) {
	for statement, want := range map[string]int{"SELECT 1": 0, "WHERE id = $1": 1, "WHERE a = $2 AND b = $11 AND c = $1": 11} {
		if got := parameters(statement); got != want {
			t.Errorf("%q has %d, want %d", statement, got, want)
		}
	}
}

func TestSpread(t *testing.T) {
	tests := []struct {
		values []float64
		want   string
	}{
		{[]float64{3, 1, 2}, "2.00 [1.00-3.00]"},
		{[]float64{4, 1, 2, 3}, "2.50 [1.00-4.00]"},
		{[]float64{12345, 12345}, "12.3k"},
		{[]float64{0.5, 99.96, 1234.4}, "100.0 [0.50-1234]"},
		{[]float64{250000}, "250k"},
		{nil, "0"},
	}
	for _, tt := range tests {
		if got := spreadOf(tt.values).String(); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.values, got, tt.want)
		}
	}
	sorted := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	if got := []float64{quantile(sorted, .5), quantile(sorted, .99), quantile(sorted, 1), quantile(nil, .5)}; !slices.Equal(got, []float64{6, 10, 10, 0}) {
		t.Errorf("quantiles = %v", got)
	}
}
