package keyfile

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/auth/token"
)

// keyFile returns a key file that openssl made.
func keyFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refusedPrivate fails unless the text is refused with an error that has the
// words and quotes nothing of the text.
func refusedPrivate(t *testing.T, text, words string) {
	t.Helper()
	k, err := Parse([]byte(text))
	if err == nil || k != nil {
		t.Fatalf("read as %v, want a refusal with %q", k, words)
	}
	if !strings.HasPrefix(err.Error(), "private key: ") || !strings.Contains(err.Error(), words) {
		t.Errorf("refused with %q, want %q", err, words)
	}
	frame := regexp.MustCompile(`-----(BEGIN|END) [A-Z ]+-----`)
	for _, run := range regexp.MustCompile(`[A-Za-z0-9+/_-]{10,}`).FindAllString(frame.ReplaceAllString(text, ""), -1) {
		for i := range len(run) - 9 {
			if strings.Contains(err.Error(), run[i:i+10]) {
				t.Fatalf("%q quotes %q", err, run[i:i+10])
			}
		}
	}
}

// readPrivate fails unless the text is read as a key that works like one of
// ours.
func readPrivate(t *testing.T, text string, alg token.Algorithm) *token.Key {
	t.Helper()
	k, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if k.Algorithm != alg || token.CheckKeyID(k.ID) != nil {
		t.Fatalf("read as %v, want %s", k, alg)
	}
	checkKey(t, k)
	return k
}

// checkKey fails unless the key's tokens verify, also with the published half
// and after sealing and opening the key.
func checkKey(t *testing.T, k *token.Key) {
	t.Helper()
	sealed, err := testSecrets(t).SealKey(k)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := testSecrets(t).OpenKey(k.ID, k.Algorithm, sealed)
	if err != nil {
		t.Fatal(err)
	}
	checkVerify(t, sign(t, opened), k)
	checkVerify(t, sign(t, k), opened)
	if k.Algorithm == token.HS256 {
		return
	}
	set, err := token.JWKS([]*token.Key{k})
	if err != nil {
		t.Fatal(err)
	}
	published, err := token.ParseJWKS(set)
	if err != nil {
		t.Fatal(err)
	}
	checkVerify(t, sign(t, k), published...)
}

// privateJWKs returns JWKs of the four kinds, written by go-jose.
func privateJWKs(t testing.TB) map[token.Algorithm]string {
	t.Helper()
	texts := map[token.Algorithm]string{}
	for alg, private := range testKeys() {
		text, err := json.Marshal(jose.JSONWebKey{Key: private, KeyID: "mine-" + string(alg)})
		if err != nil {
			t.Fatal(err)
		}
		texts[alg] = string(text)
	}
	return texts
}

func TestPrivateForms(t *testing.T) {
	first := readPrivate(t, keyFile(t, "ed25519"), token.EdDSA)
	again := readPrivate(t, "\n"+strings.ReplaceAll(keyFile(t, "ed25519"), "\n", "\r\n")+" \n", token.EdDSA)
	if first.ID == again.ID || len(first.ID) < 22 {
		t.Errorf("ids %q and %q, want two random ones", first.ID, again.ID)
	}
	for alg, text := range privateJWKs(t) {
		if k := readPrivate(t, "\n\t"+text+"\n", alg); k.ID != "mine-"+string(alg) {
			t.Errorf("id = %q", k.ID)
		}
		if k := readPrivate(t, with(t, text, "kid", ""), alg); len(k.ID) < 22 {
			t.Errorf("id = %q, want a random one", k.ID)
		}
	}
}

func TestPrivateForm(t *testing.T) {
	good := keyFile(t, "ed25519")
	block, _ := pem.Decode([]byte(good))
	jwk := privateJWKs(t)[token.EdDSA]
	tests := []struct{ name, text, words string }{
		{"empty", "", "nothing in it"},
		{"blank", " \r\n\t", "nothing in it"},
		{"words", "my signing key", "neither PEM"},
		{"base64 alone", base64.StdEncoding.EncodeToString(block.Bytes), "PEM without its first and last line"},
		{"an encrypted token", "eyJhbGciOiJkaXIifQ..AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAA", "neither PEM"},
		{"DER", string(block.Bytes), "openssl pkey -inform DER"},
		{"DER and a line break", string(block.Bytes) + "\n", "openssl pkey -inform DER"},
		{"DER, cut", string(block.Bytes[:40]), "this is binary"},
		{"binary", "\x00\x01\x02", "this is binary"},
		{"a byte order mark", "\ufeff" + good, "byte order mark"},
		{"UTF-16", "\xff\xfe-\x00-\x00", "byte order mark"},
		{"too large", good + strings.Repeat("\n", 64<<10), "larger than 65536 bytes"},
		{"a list", "[" + jwk + "]", "this is a list"},
		{"a set", `{"keys":[` + jwk + `]}`, "this is a set of keys"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { refusedPrivate(t, tt.text, tt.words) })
	}
	readPrivate(t, good+strings.Repeat("\n", 64<<10-len(good)), token.EdDSA)
	readPrivate(t, jwk, token.EdDSA)
}

// FuzzParse: no input causes a panic, and an accepted key signs and
// verifies.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.pem"))
	if err != nil || len(files) < 20 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		f.Add([]byte(keyFile(f, strings.TrimSuffix(filepath.Base(name), ".pem"))))
	}
	jwks := privateJWKs(f)
	for _, alg := range slices.Sorted(maps.Keys(jwks)) {
		f.Add([]byte(jwks[alg]))
	}
	f.Add([]byte(`{"keys":[{"kty":"oct","k":""}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := Parse(text)
		if (k == nil) == (err == nil) {
			t.Fatalf("%v, %v", k, err)
		}
		if err == nil {
			checkKey(t, k)
		}
	})
}
