package password

import (
	"strings"
	"testing"
	"unicode"
)

func TestHolds(t *testing.T) {
	const three = wordlist("apple\nfig\npear\n")
	tests := []struct {
		list wordlist
		word string
		want bool
	}{
		{"", "fig", false},
		{"fig\n", "fig", true},
		{"fig\n", "fi", false},
		{"fig\n", "figs", false},
		{"fig\n", "", false},
		{"fig\n", "fig\n", false},
		{"fig", "fig", true},
		{three, "apple", true},
		{three, "fig", true},
		{three, "pear", true},
		{three, "a", false},
		{three, "date", false},
		{three, "zucchini", false},
		{three, "apple\nfig", false},
	}
	for _, tt := range tests {
		if got := tt.list.contains(tt.word); got != tt.want {
			t.Errorf("%q holds %q = %v, want %v", tt.list, tt.word, got, tt.want)
		}
	}
}

func isLowerASCII(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool { return r > unicode.MaxASCII || unicode.IsUpper(r) })
}

// TestListsAreWellFormed: the search relies on the form of the lists: sorted,
// no duplicates, lower-case ASCII, within the length limits.
func TestListsAreWellFormed(t *testing.T) {
	for name, list := range map[string]wordlist{"common.txt": commonWords, "context.txt": contextWords, "popular.txt": popularPasswords} {
		words, long, last := 0, 0, ""
		for line := range strings.Lines(string(list)) {
			word := strings.TrimSuffix(line, "\n")
			if word == line || word <= last {
				t.Errorf("%s: %q after %q", name, line, last)
			}
			if len(word) < shortestWord || len(word) > longestWord || !isLowerASCII(word) {
				t.Errorf("%s: %q is not lower-case ASCII of %d to %d characters", name, word, shortestWord, longestWord)
			}
			if !list.contains(word) {
				t.Errorf("%s: %q is not found", name, word)
			}
			last, words = word, words+1
			if len(word) >= 12 {
				long++
			}
		}
		t.Logf("%s: %d words, %d of 12 characters or more", name, words, long)
	}
}

func BenchmarkListed(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		listed("vkzqmwdr")
	}
}
