package password

import (
	_ "embed"
	"strings"
)

// The length limits of listed words. Three letters are too few to matter in a
// password.
const (
	shortestWord = 4
	longestWord  = 28
)

// wordlist has lower-case ASCII words, one on each line, sorted by bytes
// (LC_ALL=C sort -u). It is searched in place, in the binary: it takes no
// memory and no time at start. README.md says where the words come from.
type wordlist string

var (
	//go:embed common.txt
	commonWords wordlist
	//go:embed context.txt
	contextWords wordlist
	//go:embed popular.txt
	popularPasswords wordlist
)

// listed reports whether a lower-case word is in one of the lists.
func listed(word string) bool {
	return commonWords.contains(word) || contextWords.contains(word)
}

// popular reports whether many people have the password, in any case, with or without
// digits and punctuation around it.
func popular(password string) bool {
	lower := strings.ToLower(password)
	return popularPasswords.contains(lower) || popularPasswords.contains(strings.TrimFunc(lower, padding))
}

// contains finds a word by binary search.
func (l wordlist) contains(word string) bool {
	for rest := string(l); rest != ""; {
		begin := strings.LastIndexByte(rest[:len(rest)/2], '\n') + 1
		line, after, _ := strings.Cut(rest[begin:], "\n")
		switch strings.Compare(word, line) {
		case 0:
			return true
		case -1:
			rest = rest[:begin]
		default:
			rest = after
		}
	}
	return false
}
