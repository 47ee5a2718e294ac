package name

import "unicode"

// The characters that are invisible and needed, in some places.
const (
	nonJoiner    = '\u200c'     // keeps letters apart, in Persian and in scripts of India
	joiner       = '\u200d'     // joins letters there, and emoji everywhere
	textStyle    = '\ufe0e'     // shows a symbol as text
	emojiStyle   = '\ufe0f'     // shows a symbol as an emoji
	keycap       = '\u20e3'     // makes a key of a digit
	vowelBreak   = '\u180e'     // separates a vowel of Mongolian
	blackFlag    = '\U0001f3f4' // begins the flags of England, Scotland and Wales
	cancelTag    = '\U000e007f' // ends them
	brailleBlank = '\u2800'     // a space
)

// shows reports whether the character at i of the text can be seen in this place,
// or changes how its neighbors look as their script or an emoji needs it.
func shows(text []rune, i int) bool {
	before, r, after := at(text, i-1), text[i], at(text, i+1)
	switch {
	case r == nonJoiner:
		return joins(text[:i]) && unicode.In(after, joining()...)
	case r == joiner:
		return joins(text[:i]) || endsWithEmoji(text[:i]) && mayBeEmoji(after)
	case r == emojiStyle || r == textStyle:
		return isStyled(before) || after == keycap && isKey(before)
	case r == vowelBreak:
		return unicode.Is(unicode.Mongolian, before) && unicode.Is(unicode.Mongolian, after)
	case unicode.Is(unicode.Variation_Selector, r):
		return unicode.In(before, unicode.Han, unicode.Mongolian)
	case r >= 0xe0020 && r <= cancelTag:
		return isFlag(text, i)
	case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp),
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point), r == '\u034f':
		return false
	case unicode.IsMark(r):
		return unicode.In(before, unicode.L, unicode.M, unicode.N, unicode.S) || before == joiner || before == nonJoiner
	}
	return true
}

// at returns the character at i, or 0 outside of the text.
func at(text []rune, i int) rune {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// joins reports whether the text ends with a letter, perhaps with marks, of a
// script in which a joiner changes how letters look.
func joins(text []rune) bool {
	for i := len(text) - 1; i >= 0; i-- {
		if !unicode.IsMark(text[i]) || unicode.Is(unicode.Variation_Selector, text[i]) {
			return unicode.IsLetter(text[i]) && unicode.In(text[i], joining()...)
		}
	}
	return false
}

// joining returns the scripts whose letters join: those written like Arabic, and
// those with a sign that takes a consonant's vowel away.
func joining() []*unicode.RangeTable {
	return []*unicode.RangeTable{
		unicode.Arabic, unicode.Syriac, unicode.Mandaic, unicode.Nko, unicode.Adlam, unicode.Hanifi_Rohingya, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Balinese,
		unicode.Javanese, unicode.Sundanese, unicode.Newa, unicode.Tirhuta, unicode.Chakma, unicode.Meetei_Mayek, unicode.Limbu,
	}
}

// endsWithEmoji reports whether the text ends with an emoji, perhaps with a style,
// or with a tone of skin, which is an emoji, too.
func endsWithEmoji(text []rune) bool {
	last := at(text, len(text)-1)
	return mayBeEmoji(last) || last == emojiStyle && mayBeEmoji(at(text, len(text)-2))
}

// mayBeEmoji reports whether joiners may join r to emoji: package unicode knows
// symbols, but not which of them are emoji.
func mayBeEmoji(r rune) bool { return r >= '\u2190' && unicode.IsSymbol(r) }

// isStyled reports whether a style changes how r looks: an emoji, or one of the
// letters and signs that can be one.
func isStyled(r rune) bool {
	switch r {
	case '\u00a9', '\u00ae', '\u203c', '\u2049', '\u2122', '\u2139', '\u3030':
		return true
	}
	return mayBeEmoji(r)
}

// isKey reports whether r is on the keys of a telephone.
func isKey(r rune) bool { return r >= '0' && r <= '9' || r == '#' || r == '*' }

// isFlag reports whether the tag at i belongs to the flag of England, Scotland or
// Wales. Tags of other regions are not in use, and can hide a text.
func isFlag(text []rune, i int) bool {
	start := i
	for start > 0 && text[start] != blackFlag {
		start--
	}
	if text[start] != blackFlag || len(text) < start+7 || i > start+6 {
		return false
	}
	var region [5]byte
	for j := range region {
		region[j] = byte(text[start+1+j] - 0xe0000)
	}
	switch string(region[:]) {
	case "gbeng", "gbsct", "gbwls":
		return text[start+6] == cancelTag
	}
	return false
}
