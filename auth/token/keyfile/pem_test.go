package keyfile

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"

	"gatehouse/auth/token"
)

// TestPrivateOpenSSL: every form of key that openssl writes.
func TestPrivateOpenSSL(t *testing.T) {
	tests := []struct {
		name  string
		alg   token.Algorithm // "" if it is refused
		words string
	}{
		{"rsa1024", "", "has 1024 bits, at least 2048 are needed"},
		{"rsa4104", "", "has 4104 bits, at most 4096"},
		{"rsa-e3", "", "public exponent"},
		{"rsa-three-primes", "", "more than two primes"},
		{"rsa-pss", "", "not of Ed25519, P-256 or RSA"},
		{"p384", "", "not of the named curve P-256"},
		{"p384-sec1", "", "not of the named curve P-256"},
		{"secp256k1", "", "not of the named curve P-256"},
		{"p256-explicit", "", "not of the named curve P-256"},
		{"x25519", "", "not of Ed25519, P-256 or RSA: make one with\n  openssl genpkey -algorithm ed25519"},
		{"ed448", "", "not of Ed25519, P-256 or RSA"},
		{"encrypted", "", "encrypted: decrypt it with\n  openssl pkey -in encrypted.pem -out key.pem"},
		{"encrypted-pkcs1", "", "encrypted: decrypt it with"},
		{"encrypted-sec1", "", "encrypted: decrypt it with"},
		{"public", "", "a public key only"},
		{"public-pkcs1", "", "a public key only"},
		{"certificate", "", "this is a certificate"},
		{"request", "", "this is a certificate"},
		{"openssh", "", "OpenSSH's own format"},
		{"ecparam-only", "", "parameters of a curve"},

		{"ed25519", token.EdDSA, ""},
		{"p256", token.ES256, ""},
		{"p256-sec1", token.ES256, ""},
		{"p256-compressed", token.ES256, ""},
		{"rsa2048", token.RS256, ""},
		{"rsa2048-pkcs1", token.RS256, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.alg == "" {
				refusedPrivate(t, keyFile(t, tt.name), tt.words)
			} else {
				readPrivate(t, keyFile(t, tt.name), tt.alg)
			}
		})
	}
}

func TestPrivatePEM(t *testing.T) {
	good := keyFile(t, "ed25519")
	lines := strings.SplitAfter(good, "\n")
	tests := []struct{ name, text, words string }{
		{"two keys", good + good, "more than one PEM block"},
		{"the key and its public half", good + keyFile(t, "public"), "more than one PEM block"},
		{"the certificate and the key", keyFile(t, "certificate") + keyFile(t, "p256"), "more than one PEM block"},
		{"a broken block before the key", "-----BEGIN PRIVATE KEY-----\n!\n" + good, "more than one PEM block"},
		{"parameters and two keys", keyFile(t, "p256-sec1") + good, "more than one PEM block"},
		{"text after it", good + "and more", "text after the END line"},
		{"text before it", "Bag Attributes\n" + good, "text before the BEGIN line"},
		{"headers", lines[0] + "Comment: mine\n\n" + lines[1] + lines[2], "headers"},
		{"no END line", lines[0] + lines[1], "the PEM is damaged"},
		{"another END line", strings.Replace(good, "END PRIVATE", "END PUBLIC", 1), "the PEM is damaged"},
		{"no base64", lines[0] + "!" + lines[1] + lines[2], "the PEM is damaged"},
		{"an empty block", lines[0] + lines[2], "the PEM is damaged"},
		{"cut inside", encoded("PRIVATE KEY", decoded(good)[:40]), "the PEM is damaged"},
		{"bytes behind PKCS #8", encoded("PRIVATE KEY", append(decoded(good), 0)), "the PEM is damaged"},
		{"bytes behind SEC 1", encoded("EC PRIVATE KEY", append(decoded(keyFile(t, "p384-sec1")), 0)), "the PEM is damaged"},
		{"bytes behind PKCS #1", encoded("RSA PRIVATE KEY", append(decoded(keyFile(t, "rsa2048-pkcs1")), 0)), "the PEM is damaged"},
		{"PKCS #8 as PKCS #1", encoded("RSA PRIVATE KEY", decoded(keyFile(t, "rsa2048"))), "the PEM is damaged"},
		{"PKCS #8 as SEC 1", encoded("EC PRIVATE KEY", decoded(keyFile(t, "p256"))), "the PEM is damaged"},
		{"DSA", encoded("DSA PRIVATE KEY", decoded(good)), "not of Ed25519, P-256 or RSA"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refusedPrivate(t, tt.text, tt.words) })
	}
	readPrivate(t, good, token.EdDSA)
	readPrivate(t, encoded("PRIVATE KEY", decoded(good)), token.EdDSA)
}

// TestPrivateHalves: a public half stated beside the private one must belong to
// it. The standard library doesn't check that.
func TestPrivateHalves(t *testing.T) {
	point := func(k *ecdsa.PrivateKey, form int) []byte { return points(&k.PublicKey)[form] }
	other := newPrivate(token.ES256).(*ecdsa.PrivateKey)
	ec := testKeys()[token.ES256].(*ecdsa.PrivateKey)
	ed := testKeys()[token.EdDSA].(ed25519.PrivateKey)
	rs := testKeys()[token.RS256].(*rsa.PrivateKey)
	stranger, _, _ := ed25519.GenerateKey(rand.Reader)
	const apart = "does not belong to the public half"
	tests := []struct {
		name, text, words string
		alg               token.Algorithm
	}{
		{"SEC 1, another point", sec1With(t, ec, point(other, 0)), apart, ""},
		{"SEC 1, another point, compressed", sec1With(t, ec, point(other, 1)), apart, ""},
		{"SEC 1, half a point", sec1With(t, ec, point(ec, 0)[:33]), apart, ""},
		{"PKCS #8, another Ed25519", pkcs8With(t, ed, stranger), apart, ""},
		{"PKCS #8, another point", pkcs8With(t, ec, point(other, 0)), apart, ""},
		{"PKCS #8, another RSA", pkcs8With(t, rs, []byte{0x30, 0}), apart, ""},
		{"inside PKCS #8, another point", wrappedSEC1With(t, ec, point(other, 0)), apart, ""},

		{"SEC 1, its point", sec1With(t, ec, point(ec, 0)), "", token.ES256},
		{"SEC 1, its point, compressed", sec1With(t, ec, point(ec, 1)), "", token.ES256},
		{"SEC 1, none", sec1With(t, ec, nil), "", token.ES256},
		{"PKCS #8, its Ed25519", pkcs8With(t, ed, ed.Public().(ed25519.PublicKey)), "", token.EdDSA},
		{"PKCS #8, its point", pkcs8With(t, ec, point(ec, 0)), "", token.ES256},
		{"PKCS #8, its RSA", pkcs8With(t, rs, x509.MarshalPKCS1PublicKey(&rs.PublicKey)), "", token.RS256},
		{"inside PKCS #8, its point", wrappedSEC1With(t, ec, point(ec, 0)), "", token.ES256},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.words != "" {
				refusedPrivate(t, tt.text, tt.words)
			} else {
				readPrivate(t, tt.text, tt.alg)
			}
		})
	}
}

// TestPrivateRSA: numbers that don't belong to one key (RFC 8017, 3.2), and a
// forbidden exponent.
func TestPrivateRSA(t *testing.T) {
	own := func() *rsaNumbers { return numbersOf(testKeys()[token.RS256].(*rsa.PrivateKey)) }
	tests := []struct {
		name   string
		change func(*rsaNumbers)
		words  string
	}{
		{"another d", func(n *rsaNumbers) { n.D.Add(n.D, big.NewInt(2)) }, "do not belong together"},
		{"another p", func(n *rsaNumbers) { n.P.Add(n.P, big.NewInt(2)) }, "do not belong together"},
		{"another dp", func(n *rsaNumbers) { n.DP.Add(n.DP, big.NewInt(2)) }, "do not belong together"},
		{"another e", func(n *rsaNumbers) { n.E.SetInt64(65539) }, "do not belong together"},
		{"another n", func(n *rsaNumbers) { n.N.Add(n.N, big.NewInt(2)) }, "do not belong together"},
		{"n even", func(n *rsaNumbers) { n.N.Add(n.N, big.NewInt(1)) }, "do not belong together"},
		{"n negative", func(n *rsaNumbers) { n.N.Neg(n.N) }, "do not belong together"},
		{"e even", func(n *rsaNumbers) { n.E.SetInt64(65538) }, "public exponent"},
		{"e one", func(n *rsaNumbers) { n.E.SetInt64(1) }, "public exponent"},
		{"e negative", func(n *rsaNumbers) { n.E.SetInt64(-65537) }, "public exponent"},
		{"e of 33 bits", func(n *rsaNumbers) { n.E.SetInt64(1<<32 + 1) }, "public exponent"},
		{"no number at all", func(n *rsaNumbers) { n.N.SetInt64(0) }, "has 0 bits"},
		{"n enormous", func(n *rsaNumbers) { n.N.Lsh(big.NewInt(1), 200_000) }, "has 200001 bits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			numbers := own()
			tt.change(numbers)
			refusedPrivate(t, encoded("RSA PRIVATE KEY", derOf(t, *numbers)), tt.words)
		})
	}
	readPrivate(t, encoded("RSA PRIVATE KEY", derOf(t, *own())), token.RS256)
}

// rsaNumbers is all of PKCS #1.
type rsaNumbers struct {
	Version                    int
	N, E, D, P, Q, DP, DQ, Inv *big.Int
}

func numbersOf(k *rsa.PrivateKey) *rsaNumbers {
	c := func(n *big.Int) *big.Int { return new(big.Int).Set(n) }
	return &rsaNumbers{
		0, c(k.N), big.NewInt(int64(k.E)), c(k.D), c(k.Primes[0]), c(k.Primes[1]),
		c(k.Precomputed.Dp), c(k.Precomputed.Dq), c(k.Precomputed.Qinv),
	}
}

func sec1With(t *testing.T, k *ecdsa.PrivateKey, public []byte) string {
	return encoded("EC PRIVATE KEY", derOf(t, bareEC(t, k, public)))
}

// wrappedSEC1With is PKCS #8 whose inner key states the public half.
func wrappedSEC1With(t *testing.T, k *ecdsa.PrivateKey, public []byte) string {
	wrapped := wrappedKey(t, k)
	inner := bareEC(t, k, public)
	inner.Curve = nil
	wrapped.PrivateKey = derOf(t, inner)
	return encoded("PRIVATE KEY", derOf(t, wrapped))
}

// pkcs8With is PKCS #8 that states the public half itself (RFC 5958, version 2).
func pkcs8With(t *testing.T, private any, public []byte) string {
	wrapped := wrappedKey(t, private)
	wrapped.Version, wrapped.PublicKey = 1, asn1.BitString{Bytes: public, BitLength: 8 * len(public)}
	return encoded("PRIVATE KEY", derOf(t, wrapped))
}

func wrappedKey(t *testing.T, private any) wrappedNumbers {
	t.Helper()
	plain, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var wrapped wrappedNumbers
	if _, err := asn1.Unmarshal(plain, &wrapped); err != nil {
		t.Fatal(err)
	}
	return wrapped
}

// wrappedNumbers is PKCS #8 without attributes, which can't be marshaled when
// they are absent.
type wrappedNumbers struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
	PublicKey  asn1.BitString `asn1:"optional,tag:1"`
}

func bareEC(t *testing.T, k *ecdsa.PrivateKey, public []byte) ecPrivateKey {
	t.Helper()
	raw, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return ecPrivateKey{
		1, raw, asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7},
		asn1.BitString{Bytes: public, BitLength: 8 * len(public)},
	}
}

func derOf(t *testing.T, value any) []byte {
	t.Helper()
	der, err := asn1.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func encoded(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func decoded(text string) []byte {
	block, _ := pem.Decode([]byte(text))
	return block.Bytes
}
