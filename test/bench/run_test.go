package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
)

// quick runs the command briefly, and returns what it prints and writes to files.
func quick(t *testing.T, args ...string) (printed string, r report.Report, markdown string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	progress, err := os.Create(file("progress"))
	if err != nil {
		t.Fatal(err)
	}
	defer progress.Close()
	var out bytes.Buffer
	args = append(args, "-quick", "-people", "300", "-json", file("json"), "-svg", file("svg"), "-markdown", file("md"))
	if err := run(t.Context(), args, &out, progress); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(read(t, file("json")), &r); err != nil {
		t.Fatal(err)
	}
	wellFormed(t, read(t, file("svg")))
	return out.String(), r, string(read(t, file("md")))
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the picture: %v", err)
		}
	}
}

// TestQuick has real servers do a little of everything, and this program play the peers. It checks
// that everything was done, not how fast.
func TestQuick(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const au, sa = "authorizer", "supabase-auth"
	printed, r, markdown := quick(t, "-cases", "viewer,key,me,refused,refresh,login,mix,size", "-peer", au+"="+self, "-peer", sa+"="+self)
	want := map[string][]string{
		"viewer":  {report.Gatehouse, report.ByHand, report.Unguarded, report.NetHTTP, au},
		"key":     {report.Gatehouse, report.ByToken},
		"me":      {report.Gatehouse, report.ByHand, report.Unguarded, au, sa},
		"refused": {report.Gatehouse, report.ByHand},
		"refresh": {report.Gatehouse, report.ByHand, au, sa},
		"login":   {report.Gatehouse, report.HashAlone, au, sa},
		"mix":     {report.Gatehouse},
	}
	if load.FindPgbench() != "" {
		want["refresh"] = slices.Insert(want["refresh"], 2, report.UpdateAlone)
	}
	for _, one := range r.Results {
		var got []string
		for _, m := range one.Contestants {
			got = append(got, m.Name)
			if m.Rate.Median <= 0 || m.P50.Median <= 0 {
				t.Errorf("%s, %s: %+v", one.Name, m.Name, m)
			}
			if m.Name != report.Gatehouse && m.RateRatio == nil {
				t.Errorf("%s, %s is not compared with anything", one.Name, m.Name)
			}
		}
		if !slices.Equal(got, want[one.Name]) {
			t.Errorf("%s has %q, want %q", one.Name, got, want[one.Name])
		}
		delete(want, one.Name)
		if !strings.Contains(printed, "\n"+one.Name+" ") || !strings.Contains(markdown, "\n| "+one.Name+" |") {
			t.Errorf("%s is missing in the output or in the file:\n%s\n%s", one.Name, printed, markdown)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	if slices.ContainsFunc(r.Figures, func(f report.Figure) bool { return strings.Contains(f.Name, au) || strings.Contains(f.Name, sa) }) {
		t.Errorf("a peer has a target: %+v", r.Figures)
	}
	if v := report.Value(r.Singles, report.BinarySize); v == nil || v.Median < 1 {
		t.Errorf("the program has %v MB", v)
	}
}

// TestQuickGrowth adds accounts and replicas, and finds the indexes that the service's statements
// use.
func TestQuickGrowth(t *testing.T) {
	printed, r, markdown := quick(t, "-grow", "300,1200", "-replicas", "2", "-cases", "me,refresh")
	if len(r.Growth.Sizes) != 2 || len(r.Growth.Replicas) != 1 {
		t.Fatalf("growth = %+v", r.Growth)
	}
	for _, size := range r.Growth.Sizes {
		if len(size.Results) != 2 || size.Database <= 0 || size.Start <= 0 {
			t.Errorf("size = %+v", size)
		}
	}
	last := r.Growth.Sizes[1]
	if last.People != 1200 {
		t.Errorf("%d accounts, want 1200", last.People)
	}
	me := slices.IndexFunc(last.Plans, func(p report.Plan) bool {
		return p.Trial == "me" && strings.HasSuffix(p.Statement, "FROM users u WHERE u.id = $1")
	})
	if me < 0 || last.Plans[me].Access() != "users_pkey" {
		t.Errorf("plans = %+v", last.Plans)
	}
	if d := r.Growth.Replicas[0]; d.Replicas != 2 || d.Connections < 4 || len(d.Results) != 2 {
		t.Errorf("replicas = %+v", d)
	}
	for _, text := range []string{printed, markdown} {
		if !strings.Contains(text, "me, requests/s") || !strings.Contains(text, "users_pkey") {
			t.Errorf("growth is not in\n%s", text)
		}
	}
}

func TestArguments(t *testing.T) {
	tests := []struct {
		name string
		args string
		want string // in the error, "" for none
	}{
		{"nothing", "", ""},
		{"another case", "-cases viewer,mee", `unknown case "mee"`},
		{"cases", "-cases viewer,me", ""},
		{"another generator", "-load ab", "-load must be wrk or own"},
		{"too short for wrk", "-for 10ms", "a second at least"},
		{"short", "-for 10ms -load own", ""},
		{"no rounds", "-rounds 0", "positive"},
		{"too few accounts", "-people 10", "300 accounts"},
		{"too few to grow from", "-grow 10,1000", "300 accounts"},
		{"shrinking", "-grow 1000,500", "ascending order"},
		{"twice the same", "-grow 1000,1000", "ascending order"},
		{"not a number", "-grow 1000,many", "positive numbers"},
		{"growing", "-grow 500,1000", ""},
		{"no replicas", "-replicas 0", "positive numbers"},
		{"not a flag", "viewer", "is not a flag"},
		{"an unknown peer", "-peer keycloak=/bin/sh", "must be authorizer or supabase-auth; write -peer authorizer=/path"},
		{"a peer without a name", "-peer /bin/sh", "must be authorizer or supabase-auth"},
		{"a peer without a path", "-peer authorizer", "has no path; write -peer authorizer=/path"},
		{"a peer that is not there", "-peer authorizer=/nowhere/authorizer", "/nowhere/authorizer does not exist"},
		{"a peer that is a folder", "-peer supabase-auth=/", "/ is not a program"},
		{"a peer that is a text", "-peer supabase-auth=run_test.go", "run_test.go is not a program"},
		{"a peer twice", "-peer authorizer=/bin/sh -peer authorizer=/bin/sh", "names authorizer twice"},
		{"a peer and growth", "-peer authorizer=/bin/sh -grow 500", "leave out -peer"},
		{"peers", "-peer authorizer=/bin/sh -peer supabase-auth=/bin/sh", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := parse(strings.Fields(tt.args), io.Discard)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.Is(err, errUsage) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error = %v, want errUsage with %q", err, tt.want)
			}
		})
	}
}
