package keyfile

import (
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth/token"
)

func TestPrivateJWK(t *testing.T) {
	jwks := privateJWKs(t)
	ed, ec, rs, oct := jwks[token.EdDSA], jwks[token.ES256], jwks[token.RS256], jwks[token.HS256]
	bytesOf := func(n int) string { return `"` + segment(strings.Repeat("\x01\x02\x05", n)[:n]) + `"` }
	tests := []struct{ name, text, words string }{
		{"not JSON", ed[:len(ed)-1], "not JSON"},
		{"text after it", ed + "x", "text after the JSON object"},
		{"two", ed + ed, "text after the JSON object"},
		{"a member twice", strings.Replace(ed, "{", `{"kid":"a",`, 1), "a member is given twice"},
		{"d twice", strings.Replace(ed, "{", `{"d":"AAAA",`, 1), "a member is given twice"},
		{"d a number", with(t, ed, "d", "1"), "wrong type"},
		{"kid null", with(t, ed, "kid", "null"), "wrong type"},
		{"a set and a key", with(t, ed, "keys", "[]"), "a set of keys"},
		{"encrypted", `{"protected":"e30","iv":"AAAA","ciphertext":"AAAA","tag":"AAAA"}`, "encrypted"},
		{"no kty", with(t, ed, "kty", ""), "no kty"},
		{"AKP", with(t, ed, "kty", `"AKP"`), "not of Ed25519, P-256 or RSA"},
		{"X25519", with(t, ed, "crv", `"X25519"`), "not of Ed25519, P-256 or RSA"},
		{"P-384", with(t, ec, "crv", `"P-384"`), "not of the named curve P-256"},
		{"secp256k1", with(t, ec, "crv", `"secp256k1"`), "not of the named curve P-256"},
		{"no crv", with(t, ec, "crv", ""), "not of the named curve P-256"},

		{"alg of another kind", with(t, ed, "alg", `"ES256"`), "alg is not EdDSA"},
		{"alg of another padding", with(t, rs, "alg", `"PS256"`), "alg is not RS256"},
		{"alg for encryption", with(t, rs, "alg", `"RSA-OAEP"`), "alg is not RS256"},
		{"alg empty", with(t, ed, "alg", `""`), "alg is not EdDSA"},
		{"use enc", with(t, ed, "use", `"enc"`), "use is not sig"},
		{"key_ops verify", with(t, ed, "key_ops", `["verify"]`), "key_ops"},
		{"key_ops of two uses", with(t, rs, "key_ops", `["sign","decrypt"]`), "key_ops"},
		{"key_ops empty", with(t, ed, "key_ops", `[]`), "key_ops"},
		{"kid empty", with(t, ed, "kid", `""`), "kid is not of 1 to 128 letters"},
		{"kid a path", with(t, ed, "kid", `"../../etc/passwd"`), "kid is not of 1 to 128 letters"},
		{"kid too long", with(t, ed, "kid", `"`+strings.Repeat("k", 129)+`"`), "kid is not of 1 to 128 letters"},

		{"public Ed25519", with(t, ed, "d", ""), "a public key only"},
		{"public P-256", with(t, ec, "d", ""), "a public key only"},
		{"public RSA", with(t, rs, "d", ""), "a public key only"},
		{"RSA of n, e and d", with(t, with(t, rs, "p", ""), "q", ""), "p and q are missing"},
		{"RSA of three primes", with(t, rs, "oth", "[]"), "more than two primes"},
		{"RSA, e = 3", with(t, rs, "e", `"Aw"`), "public exponent"},
		{"RSA, e even", with(t, rs, "e", `"AQAC"`), "public exponent"},
		{"RSA, e of 65 bits", with(t, rs, "e", `"AQAAAAAAAAAB"`), "public exponent"},
		{"RSA, n not base64url", with(t, rs, "n", `"+/=="`), "n is not base64url"},
		{"RSA, e not base64url", with(t, rs, "e", `"AQAB="`), "e is not base64url"},
		{"RSA of 1024 bits", jwkOfSize(t, rs, 1024), "has 1024 bits"},
		{"RSA of 4104 bits", jwkOfSize(t, rs, 4104), "has 4104 bits"},

		{"no k", with(t, oct, "k", ""), "shorter than 32 bytes"},
		{"k of 31 bytes", with(t, oct, "k", bytesOf(31)), "shorter than 32 bytes"},
		{"k not base64url", with(t, oct, "k", `"+/+/"`), "k is not base64url"},
		{"k a pattern", with(t, oct, "k", bytesOf(33)), "a pattern"},
		{"k of words", with(t, oct, "k", `"`+segment("please-change-me-before-you-start")+`"`), "well-known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refusedPrivate(t, tt.text, tt.words) })
	}
	for alg, text := range jwks {
		agreeing := with(t, with(t, with(t, text, "alg", fmt.Sprintf("%q", alg)), "use", `"sig"`), "key_ops", `["verify","sign"]`)
		readPrivate(t, with(t, with(t, agreeing, "ext", "true"), "x-comment", `{"a":[1]}`), alg)
	}
	readPrivate(t, with(t, with(t, with(t, rs, "dp", ""), "dq", ""), "qi", ""), token.RS256)
}

func jwkOfSize(t *testing.T, jwk string, bits uint) string {
	t.Helper()
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return with(t, jwk, "n", `"`+segment(string(n.SetBit(n, 0, 1).Bytes()))+`"`)
}

// TestPrivateJWKHalves: d must belong to the public half. go-jose checks that
// for Ed25519 and RSA, but not for P-256.
func TestPrivateJWKHalves(t *testing.T) {
	jwks := privateJWKs(t)
	for alg, public := range map[token.Algorithm][]string{token.EdDSA: {"x"}, token.ES256: {"x", "y"}, token.RS256: {"n"}} {
		foreign := membersOf(t, newPrivate(alg))
		for _, name := range []string{"d", "public"} {
			text := jwks[alg]
			if name == "d" {
				text = with(t, text, "d", foreign["d"])
			} else {
				for _, member := range public {
					text = with(t, text, member, foreign[member])
				}
			}
			t.Run(string(alg)+", another's "+name, func(t *testing.T) { refusedPrivate(t, text, "do not belong together") })
		}
		for _, d := range []string{`""`, `"AA"`, `"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"`, `"+/"`} {
			t.Run(string(alg)+", d "+d, func(t *testing.T) {
				refusedPrivate(t, with(t, jwks[alg], "d", d), "do not belong together")
			})
		}
		readPrivate(t, jwks[alg], alg)
	}
	n := elliptic.P256().Params().N // d = n is not a private key; d = n+d' gives the same point as d'
	refusedPrivate(t, with(t, jwks[token.ES256], "d", `"`+segment(string(n.Bytes()))+`"`), "do not belong together")
}

// TestPrivateJWKPrimes: consistent numbers of which one is not a prime are
// refused, because their signatures don't verify.
func TestPrivateJWKPrimes(t *testing.T) {
	q := prime(t, 1024)
	half := new(big.Int).Mul(prime(t, 512), prime(t, 512))
	for new(big.Int).Mul(half, q).BitLen() < 2048 { // which is refused for another reason
		half.Mul(prime(t, 512), prime(t, 512))
	}
	refusedPrivate(t, rsaJWK(t, half, q), "do not belong together")
	refusedPrivate(t, rsaJWK(t, q, q), "do not belong together")
	readPrivate(t, rsaJWK(t, prime(t, 1024), q), token.RS256)
}

// rsaJWK returns the key that p and q would make if they were primes.
func rsaJWK(t *testing.T, p, q *big.Int) string {
	t.Helper()
	one, e := big.NewInt(1), big.NewInt(65537)
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	k := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: new(big.Int).ModInverse(e, phi)}
	members := map[string]string{"kty": "RSA"}
	for name, n := range map[string]*big.Int{"n": k.N, "e": e, "d": k.D, "p": p, "q": q} {
		members[name] = segment(string(n.Bytes()))
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// prime returns a random prime p of the given size. Its two highest bits are
// set, and p-1 is coprime to 65537.
func prime(t *testing.T, bits int) *big.Int {
	t.Helper()
	for {
		p, err := rand.Prime(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		if new(big.Int).Mod(p, big.NewInt(65537)).Cmp(big.NewInt(1)) != 0 {
			return p
		}
	}
}

// membersOf returns the raw JSON of a JWK's members.
func membersOf(t *testing.T, private any) map[string]string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: private})
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	raw := map[string]string{}
	for name, value := range members {
		raw[name] = string(value)
	}
	return raw
}

// TestPrivateIsShared: a key that was read is safe for concurrent use. Run with
// -race.
func TestPrivateIsShared(t *testing.T) {
	k, err := Parse([]byte(privateJWKs(t)[token.RS256]))
	if err != nil {
		t.Fatal(err)
	}
	secrets, done := testSecrets(t), make(chan error)
	for range 2 {
		go func() {
			_, err := secrets.SealKey(k)
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
