package password

import (
	"iter"
	"slices"
	"unicode"
)

const (
	// guessable is how many common words and runs, side by side, are still guessed by trying them all.
	guessable = 2

	// shortestDisguised is the fewest characters of a word that is known in disguise. In fewer, chance makes too many.
	shortestDisguised = 5

	// uncommon stands for a letter that no word and no run holds. It is a letter itself, hence no padding.
	uncommon = 'ÿ'
)

// common reports whether password, whatever its case, is made of one or two pieces with nothing but padding before,
// between and after them, the pieces being a third of it or more. A piece is
//
//   - a word of the lists, also in its usual disguise (p4ssw0rd), or
//   - a run: three or more neighbours in one of the rows, either way, or three or more times one character.
func common(password string) bool {
	text := plain(password)
	disguises := []string{string(text), undisguise(text, 'i'), undisguise(text, 'l')}
	pads := paddingOf(text)

	// most[i][n] is one more than the most characters that n pieces can have of text[:i], padding being the others;
	// zero where n pieces and padding can't make text[:i].
	most := make([][guessable + 1]int, len(text)+1)
	most[0][0] = 1
	for i := range text {
		if pads(text[i]) {
			for n, had := range most[i] {
				most[i+1][n] = max(most[i+1][n], had)
			}
		}
		if slices.Max(most[i][:guessable]) == 0 {
			continue
		}
		for length := range pieces(disguises, i) {
			for n, had := range most[i][:guessable] {
				if had > 0 {
					most[i+length][n+1] = max(most[i+length][n+1], had+length)
				}
			}
		}
	}
	return 3*(slices.Max(most[len(text)][:])-1) >= len(text)
}

// paddingOf returns what counts as padding in text. Without letters digits are the word, and only signs are around it;
// without digits either nothing is: else any number and any row of signs would be common.
func paddingOf(text []byte) func(byte) bool {
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	sign := func(b byte) bool { return padding(rune(b)) && !digit(b) }
	switch {
	case slices.ContainsFunc(text, func(b byte) bool { return !padding(rune(b)) }):
		return func(b byte) bool { return padding(rune(b)) }
	case slices.ContainsFunc(text, digit):
		return sign
	}
	return func(byte) bool { return false }
}

// pieces yields the length of each piece that begins at i of the text, whose disguises[0] is the text itself.
func pieces(disguises []string, i int) iter.Seq[int] {
	return func(yield func(length int) bool) {
		rest := disguises[0][i:]
		for length, longest := shortestRun, run(rest); length <= longest; length++ {
			if !yield(length) {
				return
			}
		}
		for length := shortestWord; length <= min(longestWord, len(rest)); length++ {
			looks := disguises
			if length < shortestDisguised {
				looks = disguises[:1]
			}
			if slices.ContainsFunc(looks, func(text string) bool { return listed(text[i : i+length]) }) && !yield(length) {
				return
			}
		}
	}
}

// plain returns password one byte for each character: lower-case ASCII as it is, other letters and marks as uncommon,
// and the rest, all of which is padding, as a full stop.
func plain(password string) []byte {
	var text []byte
	for _, r := range password {
		r = unicode.ToLower(r)
		switch {
		case r <= unicode.MaxASCII:
		case padding(r):
			r = '.'
		default:
			r = uncommon
		}
		text = append(text, byte(r))
	}
	return text
}

// undisguise returns text with the characters that commonly stand for letters put back; one is what 1 and ! stand for.
func undisguise(text []byte, one byte) string {
	bare := slices.Clone(text)
	for i, b := range bare {
		switch b {
		case '4', '@':
			bare[i] = 'a'
		case '3':
			bare[i] = 'e'
		case '0':
			bare[i] = 'o'
		case '5', '$':
			bare[i] = 's'
		case '7', '+':
			bare[i] = 't'
		case '1', '!':
			bare[i] = one
		}
	}
	return string(bare)
}
