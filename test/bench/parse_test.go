package main

import (
	"testing"

	"gatehouse/test/bench/report"
)

func TestParseBenchmark(t *testing.T) {
	ns, allocs, err := parseBenchmark("goos: linux\nBenchmarkDecideAgain-2   100   36.50 ns/op   0 B/op   0 allocs/op\nBenchmarkDecideAgain-2   100   40 ns/op   16 B/op   2 allocs/op\nPASS\n")
	if err != nil || ns != (report.Spread{Median: 38.25, Min: 36.5, Max: 40}) || allocs != (report.Spread{Median: 1, Min: 0, Max: 2}) {
		t.Errorf("%v, %v, %v", ns, allocs, err)
	}
	if _, _, err := parseBenchmark("PASS"); err == nil {
		t.Error("output without a benchmark was accepted")
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
