package password

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules judges a new password. There are no rules about kinds of characters
// (ASVS 5.0, 6.2.5).
type Rules struct {
	MinLength int    // in code points; at least the constant MinLength
	Method    Method // the method that will hash the password
	Breached  Lookup // nil: no list of stolen passwords is known
}

// A Lookup knows passwords that were stolen elsewhere.
type Lookup interface {
	// Contains reports whether the password was stolen.
	Contains(password string) bool
}

// Fault says why a password was refused: a sentence for the user, without the
// password.
type Fault struct{ sentence string }

// Error returns the sentence.
func (f *Fault) Error() string { return f.sentence }

// The faults with a fixed sentence.
var (
	errNotText  = &Fault{"The password must be valid UTF-8 text."}
	errNUL      = &Fault{"The password must not contain a NUL character."}
	errTooLong  = &Fault{fmt.Sprintf("The password must have at most %d characters.", MaxLength)}
	errTooWide  = &Fault{fmt.Sprintf("The password must have at most %d bytes: letters with accents take two, other scripts and emoji three or four.", bcryptKey)}
	errPersonal = &Fault{"The password must not be your email address or name, not even with digits or punctuation added."}
	errRepeated = &Fault{"The password must not repeat a few characters over and over."}
	errCommon   = &Fault{"The password is too easy to guess: it is made of common passwords, names or neighboring keys. Four unrelated words make a good one."}
)

// errBreached is the fault of a password in the list of [Rules].
var errBreached = &Fault{"The password was stolen from another service, and attackers try it first. Choose one that you use nowhere else."}

// Check returns nil if the password may be set, or else the first [*Fault].
// email and name are the account's after the change; either may be empty.
// [Hasher.Hash] can hash every password that Check accepts.
func (r Rules) Check(password, email, name string) error {
	least, password := max(r.MinLength, MinLength), normal(password)
	switch {
	case !withinLimits(password):
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
	case popular(password), common(password):
		return errCommon
	case r.Breached != nil && r.Breached.Contains(password):
		return errBreached
	}
	return nil
}

// personal reports whether the password is the email address, its local part or
// the name (with or without spaces), in any case and with any digits and
// punctuation around it.
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

// padding reports whether people put r around a word to make a password of it:
// a digit, punctuation, a space or a symbol.
func padding(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r)
}

// repeated reports whether the password repeats one piece (the last time
// perhaps only its start), or has fewer than five different characters.
func repeated(password string) bool {
	text := characters(password)
	kinds := make(map[string]bool)
	for _, c := range text {
		kinds[c] = true
	}
	if len(kinds) < 5 {
		return true
	}
	for period := 1; period <= len(text)/2; period++ {
		if slices.Equal(text[period:], text[:len(text)-period]) {
			return true
		}
	}
	return false
}
