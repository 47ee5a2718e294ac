package runas

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLastLines(t *testing.T) {
	if got := LastLines(strings.Repeat("line\n", 30)); strings.Count(got, "line") != 10 {
		t.Errorf("%d lines, want 10", strings.Count(got, "line"))
	}
	if got := LastLines(strings.Repeat("ä", 3001) + "."); len(got) > 2000 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %t", len(got), utf8.ValidString(got))
	}
}
