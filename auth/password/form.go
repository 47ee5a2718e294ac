package password

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// maxTyped is the size limit, in bytes, of a password that is normalized: NFD
// takes at most three times the bytes of NFC. A longer one is over every limit
// also in NFC.
const maxTyped = 3 * maxBytes

// normal returns the password in NFC. Systems differ in how they send the same
// letter: macOS may send e and an accent where Windows sends é.
func normal(password string) string {
	if len(password) > maxTyped {
		return password
	}
	return norm.NFC.String(password)
}

// forms returns the forms of a password to compare with a stored hash: NFC,
// and the password as it was received if that differs. Hashes that were made
// before passwords were normalized, or by other software, belong to that form.
func forms(password string) []string {
	if composed := normal(password); composed != password {
		return []string{composed, password}
	}
	return []string{password}
}

// characters returns the characters of a password in lower case: its code
// points, but an emoji of several code points, such as a family or a flag, is
// one character.
func characters(password string) []string {
	var all []string
	for rest, cluster, state := strings.ToLower(password), "", -1; rest != ""; {
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		if first, _ := utf8.DecodeRuneInString(cluster); padding(first) {
			all = append(all, cluster)
		} else {
			all = append(all, strings.Split(cluster, "")...)
		}
	}
	return all
}
