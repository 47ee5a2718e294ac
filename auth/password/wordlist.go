package password

import (
	_ "embed"
	"strings"
)

// The bounds of a listed word, in characters. Three letters are too few to be called a word of the password.
const (
	shortestWord = 4
	longestWord  = 28
)

// wordlist is lower-case ASCII words, one on each line, sorted by their bytes (LC_ALL=C sort -u). It is searched where it lies
// in the binary: it takes no memory of its own and no time at start. README.md says where the words come from.
type wordlist string

var (
	//go:embed common.txt
	commonWords wordlist
	//go:embed house.txt
	houseWords wordlist
)

// listed reports whether word, in lower case, is one of the common ones.
func listed(word string) bool {
	return commonWords.holds(word) || houseWords.holds(word)
}

// holds finds word by halving.
func (l wordlist) holds(word string) bool {
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
