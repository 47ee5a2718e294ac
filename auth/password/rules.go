package password

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules judges a password that somebody wants to set. There is no rule on kinds of characters (ASVS 5.0, 6.2.5).
type Rules struct {
	MinLength int    // code points; below the constant MinLength that one holds
	Method    Method // what will hash the password
}

// Fault is why a password was refused: a sentence for the person who chose it, without the password.
type Fault struct{ sentence string }

// Error is the sentence.
func (f *Fault) Error() string { return f.sentence }

// The faults without a number in them.
var (
	errNotText  = &Fault{"The password must be valid UTF-8 text."}
	errNUL      = &Fault{"The password must not contain a NUL character."}
	errTooLong  = &Fault{fmt.Sprintf("The password must have at most %d characters.", MaxLength)}
	errTooWide  = &Fault{fmt.Sprintf("The password must have at most %d bytes: letters with accents take two, other scripts and emoji three or four.", bcryptKey)}
	errPersonal = &Fault{"The password must not be your e-mail address or your name, not even with digits or punctuation added."}
	errRepeated = &Fault{"The password must not repeat a few characters over and over."}
	errCommon   = &Fault{"The password is too easy to guess: it is made of common passwords, names or neighbouring keys. Four unrelated words make a good one."}
)

// Check returns nil for a password that may be set, else the first *Fault found. The address and the name are the account's,
// as they will be after the change; either may be empty. What Check lets through, Hash takes.
func (r Rules) Check(password, email, name string) error {
	least := max(r.MinLength, MinLength)
	switch {
	case !withinDoor(password):
		return errTooLong
	case !utf8.ValidString(password):
		return errNotText
	case hasNUL(password):
		return errNUL
	case utf8.RuneCountInString(password) < least:
		return &Fault{fmt.Sprintf("The password must have at least %d characters.", least)}
	case r.Method == Bcrypt && len(password) > bcryptKey:
		return errTooWide
	case personal(password, email, name):
		return errPersonal
	case repeated(password):
		return errRepeated
	case common(password):
		return errCommon
	}
	return nil
}

// personal reports whether password is the e-mail address, its local part, or the name (with or without its spaces),
// whatever the case and the digits and punctuation around it.
func personal(password, email, name string) bool {
	local := email
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		local = email[:at]
	}
	bare := strings.TrimFunc(password, padding)
	for _, own := range []string{email, local, name, strings.Join(strings.Fields(name), "")} {
		core := strings.TrimFunc(own, padding)
		if own != "" && strings.EqualFold(password, own) || core != "" && strings.EqualFold(bare, core) {
			return true
		}
	}
	return false
}

// padding reports whether r is what people put around a word to make a password of it: a digit, punctuation, a space, a symbol.
func padding(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// repeated reports whether password is one piece said twice or more (the last time perhaps in part), or is made of fewer
// than five different characters.
func repeated(password string) bool {
	text := []rune(strings.ToLower(password))
	kinds := make(map[rune]bool)
	for _, r := range text {
		kinds[r] = true
	}
	if len(kinds) < 5 {
		return true
	}
	for period := 1; period <= len(text)/2; period++ {
		if string(text[period:]) == string(text[:len(text)-period]) {
			return true
		}
	}
	return false
}
