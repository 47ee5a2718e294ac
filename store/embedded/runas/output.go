package runas

import "strings"

// LastLines returns the last ten lines of a program's output, at most 2000 bytes.
func LastLines(s string) string {
	const lines, bytes = 10, 2000
	all := strings.Split(strings.TrimSpace(s), "\n")
	s = strings.Join(all[max(0, len(all)-lines):], "\n")
	return strings.ToValidUTF8(s[max(0, len(s)-bytes):], "")
}
