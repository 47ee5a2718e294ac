package terminal

import (
	"os"
	"strings"
	"testing"
	"time"
)

// recorded returns a terminal without input, and a function that returns what
// was written to standard output and standard error.
func recorded(t *testing.T) (*Terminal, func() (stdout, stderr string)) {
	t.Helper()
	var files [3]*os.File
	for i := range files {
		f, err := os.CreateTemp(t.TempDir(), "stream")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		files[i] = f
	}
	text := func(f *os.File) string {
		all, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(all)
	}
	return New(files[0], files[1], files[2]), func() (string, string) { return text(files[1]), text(files[2]) }
}

func TestJSON(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"indented", map[string]any{"a": []int{1}}, "{\n  \"a\": [\n    1\n  ]\n}\n"},
		{"HTML", "<a&b>", "\"<a&b>\"\n"},
		{"letters", "é漢", "\"é漢\"\n"},
		{"what a terminal obeys", "\x1b[31m\u009b2J\u202e\u2028", "\"\\u001b[31m\\u009b2J\\u202e\\u2028\"\n"},
		{"beyond the BMP", "\U000e0001", "\"\\udb40\\udc01\"\n"},
		{"a member", map[string]int{"\u202e": 1}, "{\n  \"\\u202e\": 1\n}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			term, written := recorded(t)
			if err := term.JSON(tt.value); err != nil {
				t.Fatal(err)
			}
			if got, _ := written(); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	term, written := recorded(t)
	if err := term.JSON(func() {}); err == nil {
		t.Error("a function is written as JSON")
	}
	if got, _ := written(); got != "" {
		t.Errorf("it wrote %q", got)
	}
}

func TestArray(t *testing.T) {
	for want, values := range map[string][]any{
		"[]\n":                 nil,
		"[\n\"<\\u202e\"\n]\n": {"<\u202e"},
		"[\n1,\n[2,3]\n]\n":    {1, []int{2, 3}},
	} {
		term, written := recorded(t)
		array := term.Array()
		for _, value := range values {
			if err := array.Add(value); err != nil {
				t.Fatal(err)
			}
		}
		if err := array.Close(); err != nil {
			t.Fatal(err)
		}
		if got, _ := written(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestTable(t *testing.T) {
	term, written := recorded(t)
	table := term.Table("ID", "NAME")
	table.Row("1", "a\x1b[2Jb\tc\nd")
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	table.Row("longer", "e")
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	const want = "ID  NAME\n1   a\ufffd[2Jb\ufffdc\ufffdd\nlonger  e\n"
	if got, _ := written(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPrintText(t *testing.T) {
	term, written := recorded(t)
	if err := term.PrintText("\none\x1btwo\nthree"); err != nil {
		t.Fatal(err)
	}
	if got, _ := written(); got != "\none\ufffdtwo\nthree\n" {
		t.Errorf("%q", got)
	}
}

func TestClosedOutput(t *testing.T) {
	term, _ := recorded(t)
	term.Stdout.Close()
	array := term.Array()
	table := term.Table("ID")
	for what, err := range map[string]error{
		"Printf": term.Printf("x"), "JSON": term.JSON(1), "Table": table.Flush(), "Array": array.Close(), "PrintText": term.PrintText("x"),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0 faults", 1: "1 fault", 2: "2 faults"} {
		if got := Count(n, "fault"); got != want {
			t.Errorf("Count(%d) = %q", n, got)
		}
	}
	if got := List(nil) + "; " + List([]string{"a"}) + "; " + List([]string{"a", "b"}); got != "none; a; a, b" {
		t.Errorf("List: %q", got)
	}
}

// TestProgress reports until it is done, and never again.
func TestProgress(t *testing.T) {
	term, written := recorded(t)
	term.ProgressEvery = time.Millisecond
	done := term.Progress("digging")
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, stderr := written(); strings.HasPrefix(stderr, "gatehouse: digging, for 0s now\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it reports nothing")
		}
	}
	done()
	done()
	_, before := written()
	time.Sleep(5 * time.Millisecond)
	if _, after := written(); after != before {
		t.Errorf("it goes on: %q", after)
	}
}

func TestReadFile(t *testing.T) {
	term, _ := recorded(t)
	if err := os.WriteFile(term.Stdin.Name(), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{term.Stdin.Name(), "-"} {
		if text, err := term.ReadFile(t.Context(), path, 4); err != nil || string(text) != "0123" {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	missing := t.TempDir() + "/none"
	if _, err := term.ReadFile(t.Context(), missing, 4); err == nil || err.Error() != missing+": no such file or directory" {
		t.Errorf("a missing file: %v", err)
	}
}
