package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// How long an address may be, in bytes of its canonical form (RFC 5321, 4.5.3.1).
const (
	emailLimit = 254
	localLimit = 64
)

const emailRule = "This is no e-mail address. One looks like ada@example.com, without quotes and of at most 254 bytes."

// An Email is an address in the two forms the service needs.
type Email struct {
	Shown string // as typed, trimmed, in NFC
	Key   string // canonical: lower-case, the domain as A-labels. Two addresses are the same if their keys are
}

// ParseEmail reads an address as a person typed it. There are no rules of single providers: dots and plus signs count.
// An address that is none is an *InputError for field.
func ParseEmail(field, typed string) (Email, error) {
	bad := &InputError{Field: field, Message: emailRule}
	if len(typed) > 4*emailLimit || !utf8.ValidString(typed) {
		return Email{}, bad
	}
	shown := norm.NFC.String(strings.TrimSpace(typed))
	local, domain, ok := strings.Cut(shown, "@")
	if !ok || local == "" || strings.Contains(domain, "@") || strings.ContainsFunc(shown, unfit) || !dotAtom(local) {
		return Email{}, bad
	}
	local, domain = norm.NFC.String(strings.ToLower(local)), aLabels(domain)
	key := local + "@" + domain
	if domain == "" || len(local) > localLimit || len(key) > emailLimit || len(shown) > 2*emailLimit {
		return Email{}, bad
	}
	return Email{Shown: shown, Key: key}, nil
}

// aLabels returns the canonical form of a domain, "" for what is none. A dot at its end would make the same domain under another key. That the
// form is looked at as well catches labels that only their mapping makes wrong, such as a symbol that stands for a letter of another direction.
func aLabels(domain string) string {
	profile := domains()
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

// domains is UTS 46 as a lookup does it: mapped to lower case and checked, without the transitional rewriting of ß and its like.
func domains() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.CheckHyphens(true),
		idna.CheckJoiners(true), idna.StrictDomainName(true), idna.VerifyDNSLength(true))
}

// dotAtom reports whether dots stand only between other characters (RFC 5322, 3.2.3). Quoted local parts are not taken: hardly anybody
// has one, and much software reads them wrongly.
func dotAtom(local string) bool {
	return !strings.HasPrefix(local, ".") && !strings.HasSuffix(local, ".") && !strings.Contains(local, "..")
}

// unfit is what no local part or domain may hold: white space, controls, invisible characters, and what RFC 5322 gives a meaning.
func unfit(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs) ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == utf8.RuneError || strings.ContainsRune(`"(),:;<>[\]`, r)
}

// Fold is how addresses and names are compared when one searches by a prefix.
func Fold(s string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(s))))
}
