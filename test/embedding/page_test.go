package embedding

import (
	"regexp"
	"strings"
	"testing"
)

// A step is a fenced block of the page.
type step struct {
	language string
	text     string
	file     string // to write the text to; "" if the block is not a file
}

var fileName = regexp.MustCompile("`([a-z./]+\\.[a-z]+)`:$")

// stepsOf returns the fenced blocks of a page, in order. A block is a file if
// the line before it ends with a name and a colon.
func stepsOf(t *testing.T, page string) (steps []step) {
	t.Helper()
	before, open := "", false
	for line := range strings.Lines(page) {
		text := strings.TrimRight(line, "\n")
		language, fence := strings.CutPrefix(text, "```")
		switch {
		case fence && !open:
			s := step{language: language}
			if name := fileName.FindStringSubmatch(before); name != nil {
				s.file = name[1]
			}
			steps = append(steps, s)
			open = true
		case fence:
			open, before = false, ""
		case open:
			steps[len(steps)-1].text += line
		case text != "":
			before = text
		}
	}
	if open {
		t.Fatal("a block is not closed")
	}
	return steps
}
