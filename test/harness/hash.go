package harness

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/argon2"
)

// CheapHash is a stored hash of a password that costs next to nothing to verify,
// as an import may bring. It is stale: the next login replaces it.
func CheapHash(password string) string {
	const salt = "sixteen bytes it"
	tag := argon2.IDKey([]byte(password), []byte(salt), 1, 8, 1, 32)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=8,t=1,p=1$%s$%s", argon2.Version, b64.EncodeToString([]byte(salt)), b64.EncodeToString(tag))
}
