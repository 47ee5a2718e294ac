// Package email reads email addresses as people type them.
package email

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// How long an email may be, in bytes of its canonical form (RFC 5321, 4.5.3.1).
const (
	addressLimit = 254
	localLimit   = 64
)

// An Address is an email address in the two forms that the service needs.
type Address struct {
	Shown     string // as typed, trimmed, in NFC
	Canonical string // in lower case, the domain as A-labels; equal for equal addresses
}

// ErrInvalid means that a text is not an email address. It says what to enter.
var ErrInvalid error = invalid{}

type invalid struct{}

func (invalid) Error() string {
	return "Enter a valid email address, such as ada@example.com (at most 254 bytes, no quotes)."
}

// Parse reads an email address as a person typed it. Rules of single providers
// don't apply: dots and plus signs count. It returns [ErrInvalid].
func Parse(text string) (Address, error) {
	if len(text) > 4*addressLimit || !utf8.ValidString(text) {
		return Address{}, ErrInvalid
	}
	shown := norm.NFC.String(strings.TrimSpace(text))
	local, domain, ok := strings.Cut(shown, "@")
	if !ok || local == "" || strings.Contains(domain, "@") || strings.ContainsFunc(shown, isForbidden) || !isDotAtom(local) {
		return Address{}, ErrInvalid
	}
	local, domain = norm.NFC.String(strings.ToLower(local)), aLabels(domain)
	canonical := local + "@" + domain
	if domain == "" || len(local) > localLimit || len(canonical) > addressLimit || len(shown) > 2*addressLimit {
		return Address{}, ErrInvalid
	}
	return Address{Shown: shown, Canonical: canonical}, nil
}

// aLabels returns the canonical form of a domain, or "" if it is invalid. A dot at
// the end would give the same domain a second canonical form. The form itself is
// checked again, because mapping can make a label invalid, for example a symbol
// that stands for a letter written in the other direction.
func aLabels(domain string) string {
	profile := lookupProfile()
	ascii, err := profile.ToASCII(domain)
	if err != nil || strings.HasSuffix(ascii, ".") {
		return ""
	}
	ascii = strings.ToLower(ascii)
	if again, err := profile.ToASCII(ascii); err != nil || again != ascii {
		return ""
	}
	return ascii
}

// lookupProfile is UTS 46 for look-ups: it maps to lower case and validates,
// without the transitional mapping of ß and similar letters.
func lookupProfile() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.CheckHyphens(true),
		idna.CheckJoiners(true), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
}

// isDotAtom reports whether dots stand only between other characters (RFC 5322,
// 3.2.3). Quoted local parts are refused: they are rare, and much software reads
// them wrongly.
func isDotAtom(local string) bool {
	return !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..")
}

// isForbidden reports whether neither a local part nor a domain may contain r:
// white space, controls, invisible characters, and those with a meaning in
// RFC 5322.
func isForbidden(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == utf8.RuneError || strings.ContainsRune(`"(),:;<>[\]`, r)
}

// Fold returns the form in which emails and names are searched by prefix.
func Fold(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(s))))
}
