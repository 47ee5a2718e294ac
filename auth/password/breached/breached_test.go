package breached

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lines returns the lines of passwords, sorted, with how often each was found.
func lines(passwords map[string]int) string {
	var all []string
	for password, times := range passwords {
		all = append(all, fmt.Sprintf("%X:%d\r\n", sha1.Sum([]byte(password)), times))
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// open builds a list and opens it.
func open(t *testing.T, text string, least int) *List {
	t.Helper()
	var b bytes.Buffer
	if _, err := Build(&b, strings.NewReader(text), least); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestContains(t *testing.T) {
	for _, size := range []int{0, 1, 2, 511, 512, 513, 20_000} {
		passwords := map[string]int{}
		for i := range size {
			passwords[fmt.Sprint("password ", i)] = 1
		}
		l := open(t, lines(passwords), 1)
		if l.Count() != int64(size) || l.Check() != nil {
			t.Errorf("%d passwords, want %d: %v", l.Count(), size, l.Check())
		}
		for i := range size {
			if !l.Contains(fmt.Sprint("password ", i)) {
				t.Fatalf("of %d, password %d is not found", size, i)
			}
		}
		for i := range 1000 {
			if l.Contains(fmt.Sprint("another ", i)) {
				t.Fatalf("of %d, another password is found", size)
			}
		}
	}
}

// TestUnevenHashes: the guess where a record is may be far off.
func TestUnevenHashes(t *testing.T) {
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "00000000%08X%024d:1\n", i+1, 0)
	}
	text.WriteString(lines(map[string]int{"late": 1}))
	l := open(t, text.String(), 1)
	if !l.Contains("late") || l.Contains("later") {
		t.Error("a record is not found")
	}
	if found, err := l.find(4000); !found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := l.find(6000); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
}

func TestBuild(t *testing.T) {
	l := open(t, lines(map[string]int{"often": 100, "rarely": 2})+"\n", 10)
	if l.Count() != 1 || !l.Contains("often") || l.Contains("rarely") {
		t.Errorf("%d passwords", l.Count())
	}
	const a, b = "000000005AD76BD555C1D6D771DE417A4B87E4B4", "00000000A8DAE4228F821FB418F59826079BF368"
	if l := open(t, a+"\n"+strings.ToLower(b)+":3\n"+b+":3\n", 1); l.Count() != 2 {
		t.Errorf("%d passwords of lines without a count, in lower case, and twice", l.Count())
	}
	for name, text := range map[string]string{
		"not sorted": b + ":1\n" + a + ":1\n", "passwords": "hunter2\n", "NTLM": "00000011059407D743D40689940F858C:1\n", "no number": a + ":x\n",
		"no hexadecimal": strings.Replace(a, "5", "Z", 1) + ":1\n", "a long line": strings.Repeat("0", 100_000),
	} {
		if n, err := Build(&bytes.Buffer{}, strings.NewReader(text), 1); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "text": "000000005AD76BD555C1D6D771DE417A4B87E4B4:1\n", "cut": magic + "1234567"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, nil); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := Open(filepath.Join(dir, "missing"), nil); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("missing: %v", err)
	}
}

func TestCheckFindsDisorder(t *testing.T) {
	l := &List{file: bytes.NewReader([]byte(magic + "bbbbbbbbaaaaaaaa")), count: 2}
	if err := l.Check(); err == nil {
		t.Error("a list that is not sorted passes")
	}
}

// brokenFile can't be read any more.
type brokenFile struct{}

func (brokenFile) ReadAt([]byte, int64) (int, error) { return 0, errors.New("input/output error") }

func TestBrokenFile(t *testing.T) {
	var told error
	l := &List{file: brokenFile{}, count: 10, onError: func(err error) { told = err }}
	if l.Contains("x") || told == nil {
		t.Errorf("a file that can't be read: %v", told)
	}
}
