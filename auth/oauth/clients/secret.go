package clients

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// SecretPrefix begins every client secret. What follows are 52 letters and digits, so
// that encoding a secret as a form does not change it (RFC 6749, 2.3.1).
const SecretPrefix = "ghcs_"

// newSecret makes a client secret of at least 256 random bits, which is kept nowhere.
func newSecret() (text string, s Secret) {
	text = SecretPrefix + rand.Text() + rand.Text()
	return text, Secret{Digest: sha256.Sum256([]byte(text))}
}

// Authenticate reports whether the text is a secret of the client that works at that
// time. How long it takes does not depend on the secrets.
func (c *Client) Authenticate(text string, now time.Time) bool {
	digest := sha256.Sum256([]byte(text))
	found := 0
	for _, s := range c.Secrets {
		works := 0
		if s.Until.IsZero() || now.Before(s.Until) {
			works = 1
		}
		found |= works & subtle.ConstantTimeCompare(digest[:], s.Digest[:])
	}
	return found == 1
}
