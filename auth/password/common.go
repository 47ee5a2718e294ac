package password

import (
	"iter"
	"slices"
	"unicode"
	"unicode/utf8"
)

const (
	// guessable is how many common words and runs, side by side, an attacker
	// can guess by trying all combinations.
	guessable = 2

	// shortestDisguised is the minimum length of a word that is recognized in
	// disguise. Shorter ones occur too often by chance.
	shortestDisguised = 5
)

// common reports whether the password, in any case, consists of one or two
// pieces and of padding before, between and after them, and the pieces are at
// least a third of it. A piece is
//
//   - a word of the lists, also in a usual disguise (p4ssw0rd), or
//   - a run: three or more neighbors in one of the rows, in either direction,
//     or one character three or more times.
func common(password string) bool {
	text, signs := plain(password)
	disguises := []string{string(text), undisguise(text, 'i'), undisguise(text, 'l')}
	pads := paddingOf(text, signs)

	// most[i][n] is one more than the maximum number of characters that n pieces
	// can cover in text[:i] if all others are padding. It is zero if n pieces and
	// padding can't make text[:i].
	most := make([][guessable + 1]int, len(text)+1)
	most[0][0] = 1
	for i := range text {
		if pads(text[i]) {
			for n, covered := range most[i] {
				most[i+1][n] = max(most[i+1][n], covered)
			}
		}
		if slices.Max(most[i][:guessable]) == 0 {
			continue
		}
		for length := range pieces(disguises, i) {
			for n, covered := range most[i][:guessable] {
				if covered > 0 {
					most[i+length][n+1] = max(most[i+length][n+1], covered+length)
				}
			}
		}
	}
	return 3*(slices.Max(most[len(text)][:])-1) >= len(text)
}

// paddingOf returns a function that reports what counts as padding in the text.
// In a text without letters, digits are the word and only signs are padding. In
// a text without letters and digits nothing is: otherwise any number and any
// row of signs would be common.
func paddingOf(text []byte, signs *[256]bool) func(byte) bool {
	digit := func(b byte) bool { return b >= '0' && b <= '9' }
	sign := func(b byte) bool { return signs[b] }
	switch {
	case slices.ContainsFunc(text, func(b byte) bool { return !digit(b) && !sign(b) }):
		return func(b byte) bool { return digit(b) || sign(b) }
	case slices.ContainsFunc(text, digit):
		return sign
	}
	return func(byte) bool { return false }
}

// pieces yields the length of each piece that starts at i. disguises[0] is the
// text itself.
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

// plain returns the password with one byte per character, and which bytes are
// signs. ASCII is in lower case. Any other character, which is in no word and
// no row, has a byte of its own, equal only to itself: the 128 bytes that remain
// are enough for a password. People put one or two emoji around a word; more
// than that are not signs, because they are harder to guess than the word.
func plain(password string) (text []byte, signs *[256]bool) {
	signs = new([256]bool)
	others, symbols := map[string]byte{}, map[byte]bool{}
	for _, c := range characters(password) {
		b := c[0]
		if len(c) > 1 {
			if others[c] == 0 {
				others[c] = byte(unicode.MaxASCII + 1 + len(others)%MaxLength)
			}
			b = others[c]
		}
		first, _ := utf8.DecodeRuneInString(c)
		signs[b] = padding(first) && (b < '0' || b > '9')
		if first > unicode.MaxASCII && unicode.IsSymbol(first) {
			symbols[b] = true
		}
		text = append(text, b)
	}
	if len(symbols) > guessable {
		for b := range symbols {
			signs[b] = false
		}
	}
	return text, signs
}

// undisguise returns the text with letters in place of the characters that
// commonly stand for them. one is the letter for 1 and !.
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
