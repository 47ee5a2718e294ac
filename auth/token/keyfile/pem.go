package keyfile

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"

	"gatehouse/auth/token"
)

const pemBegin = "-----BEGIN "

// howToMake is the end of errors that ask for another key.
const howToMake = "make one with\n  openssl genpkey -algorithm ed25519 -out key.pem"

// takeOut writes the first private key of a file, alone.
const takeOut = "\n  openssl pkey -in both.pem -out key.pem"

var (
	errCertificate = errors.New("this is a certificate, which holds only the public half: give the private key that belongs to it")

	errEncrypted = errors.New("the key is encrypted: decrypt it with\n  openssl pkey -in encrypted.pem -out key.pem")
	errDamaged   = errors.New("the PEM is damaged: copy the key again, from its BEGIN line to its END line")
	errCurve     = errors.New("the key is not of the named curve P-256: " + howToMake)
	errKeyType   = errors.New("the key is not of Ed25519, P-256 or RSA: " + howToMake)
)

// oneAsymmetricKey is PKCS #8 (RFC 5958). The standard library ignores what
// follows the private key.
type oneAsymmetricKey struct {
	Version    int
	Algorithm  pkix.AlgorithmIdentifier
	PrivateKey []byte
	Attributes asn1.RawValue  `asn1:"optional,tag:0"`
	PublicKey  asn1.BitString `asn1:"optional,tag:1"`
}

// ecPrivateKey is SEC 1 (RFC 5915). The standard library ignores the public
// half.
type ecPrivateKey struct {
	Version    int
	PrivateKey []byte
	Curve      asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	PublicKey  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

// rsaHead is the start of PKCS #1 (RFC 8017, A.1.2).
type rsaHead struct {
	Version int
	N, E    *big.Int
}

func parsePEM(text []byte) (*token.Key, error) {
	block, err := pemBlock(text)
	if err != nil {
		return nil, err
	}
	private, err := parseBlock(block)
	if err != nil {
		return nil, err
	}
	return token.ImportKey("", algorithmOf(private), private)
}

func parseBlock(block *pem.Block) (crypto.Signer, error) {
	switch block.Type {
	case "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	case "RSA PRIVATE KEY":
		return parsePKCS1(block.Bytes)
	case "EC PRIVATE KEY":
		return parseEC(block.Bytes)
	}
	return nil, otherBlock(block.Type)
}

// algorithmOf returns the algorithm for a key of [parseBlock].
func algorithmOf(private crypto.Signer) token.Algorithm {
	switch private.(type) {
	case *ecdsa.PrivateKey:
		return token.ES256
	case *rsa.PrivateKey:
		return token.RS256
	}
	return token.EdDSA
}

// pemBlock returns the only block of a text (RFC 7468). It skips the parameters
// that "openssl ecparam -genkey" writes before the key, which names its curve
// itself.
func pemBlock(text []byte) (*pem.Block, error) {
	const endParameters = "-----END EC PARAMETERS-----"
	if bytes.HasPrefix(text, []byte("-----BEGIN EC PARAMETERS-----")) {
		if _, rest, _ := bytes.Cut(text, []byte(endParameters)); len(bytes.TrimSpace(rest)) > 0 {
			text = bytes.TrimSpace(rest)
		}
	}
	if bytes.Count(text, []byte(pemBegin)) > 1 {
		return nil, errors.New("it has more than one PEM block: give only the private key, such as this writes" + takeOut)
	}
	block, rest := pem.Decode(text)
	switch {
	case !bytes.HasPrefix(text, []byte(pemBegin)):
		return nil, errors.New("it has text before the BEGIN line: give only the key, such as this writes" + takeOut)
	case block == nil:
		return nil, errDamaged
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("it has text after the END line: give only the key, such as this writes" + takeOut)
	case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"): // RFC 1421, 4.6.1.1
		return nil, errEncrypted
	case len(block.Headers) > 0:
		return nil, errors.New("it has headers between the BEGIN line and the key: remove them")
	}
	return block, nil
}

// otherBlock returns the error for a block that is not a private key we read.
func otherBlock(kind string) error {
	switch {
	case kind == "ENCRYPTED PRIVATE KEY":
		return errEncrypted
	case strings.Contains(kind, "CERTIFICATE"):
		return errCertificate
	case strings.HasSuffix(kind, "PUBLIC KEY"):
		return errPublicHalf
	case kind == "OPENSSH PRIVATE KEY":
		return errors.New("this is a login key in OpenSSH's own format: to convert a copy of one of RSA or P-256, run\n" +
			"  ssh-keygen -p -N '' -m PKCS8 -f copy\nor, better, " + howToMake)
	case strings.HasPrefix(kind, "PGP "):
		return errors.New("this is a key of OpenPGP: " + howToMake)
	case kind == "EC PARAMETERS":
		return errors.New("these are the parameters of a curve, without a key: " + howToMake)
	}
	return errKeyType
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	var wrapped oneAsymmetricKey
	if !readDER(der, &wrapped) {
		return nil, errDamaged
	}
	var private crypto.Signer
	var err error
	switch oid := wrapped.Algorithm.Algorithm.String(); oid {
	case "1.3.101.112":
		private, err = parseWrapped(der)
	case "1.2.840.10045.2.1":
		var curve asn1.ObjectIdentifier
		if !readDER(wrapped.Algorithm.Parameters.FullBytes, &curve) || !p256(curve) {
			return nil, errCurve
		}
		private, err = parseWrappedEC(der, wrapped.PrivateKey)
	case "1.2.840.113549.1.1.1":
		private, err = parsePKCS1(wrapped.PrivateKey)
	default:
		return nil, errKeyType
	}
	if err != nil {
		return nil, err
	}
	return private, checkPublicHalf(private, wrapped.PublicKey)
}

// parseWrapped reads a key inside PKCS #8 that the standard library checks.
func parseWrapped(der []byte) (crypto.Signer, error) {
	private, err := x509.ParsePKCS8PrivateKey(der)
	signer, ok := private.(crypto.Signer)
	if err != nil || !ok {
		return nil, errDamaged
	}
	return signer, nil
}

func parsePKCS1(der []byte) (crypto.Signer, error) {
	var head rsaHead
	if !readDER(der, &head) {
		return nil, errDamaged
	}
	if err := checkRSA(head.N, head.E); err != nil {
		return nil, err
	}
	private, err := x509.ParsePKCS1PrivateKey(der)
	if err != nil {
		return nil, token.ErrInconsistent
	}
	if len(private.Primes) != 2 { // the standard library signs with more, but doesn't check them
		return nil, errors.New("the RSA key has more than two primes: make a new one")
	}
	return private, nil
}

func parseEC(der []byte) (crypto.Signer, error) {
	var named ecPrivateKey
	if !readDER(der, &named) {
		return nil, errDamaged
	}
	if !p256(named.Curve) {
		return nil, errCurve
	}
	private, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, errDamaged
	}
	return private, checkPublicHalf(private, named.PublicKey)
}

// parseWrappedEC reads an EC key inside PKCS #8, which names the curve.
func parseWrappedEC(der, inner []byte) (crypto.Signer, error) {
	var named ecPrivateKey
	if !readDER(inner, &named) {
		return nil, errDamaged
	}
	private, err := parseWrapped(der)
	if err != nil {
		return nil, err
	}
	return private, checkPublicHalf(private, named.PublicKey)
}

// checkPublicHalf compares the public half that is stated beside a private key,
// if any, with the one that belongs to it.
func checkPublicHalf(private crypto.Signer, stated asn1.BitString) error {
	if stated.BitLength == 0 {
		return nil
	}
	var forms [][]byte
	switch public := private.Public().(type) {
	case ed25519.PublicKey:
		forms = [][]byte{public}
	case *rsa.PublicKey:
		forms = [][]byte{x509.MarshalPKCS1PublicKey(public)}
	case *ecdsa.PublicKey:
		forms = points(public)
	}
	if !slices.ContainsFunc(forms, func(form []byte) bool { return bytes.Equal(form, stated.Bytes) }) {
		return errors.New("the private half does not belong to the public half beside it: " + howToMake)
	}
	return nil
}

// points returns the two forms of a point of P-256, uncompressed and compressed (SEC 1, 2.3.3).
func points(public *ecdsa.PublicKey) [][]byte {
	const size = 32
	whole, err := public.Bytes()
	if err != nil {
		return nil
	}
	sign := 2 + whole[2*size]&1
	return [][]byte{whole, append([]byte{sign}, whole[1:1+size]...)}
}

func p256(curve asn1.ObjectIdentifier) bool {
	return curve.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7})
}

// readDER reads a value that has nothing after it.
func readDER(der []byte, value any) bool {
	rest, err := asn1.Unmarshal(der, value)
	return err == nil && len(rest) == 0
}
