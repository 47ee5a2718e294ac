package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"gatehouse/store/storetest"
)

// keysListed are the keys that key list prints for a program.
func (c console) keysListed(t *testing.T) []listedKey {
	t.Helper()
	o := c.run(t, "", "key", "list", "--json")
	o.ends(t, exitDone)
	var list []listedKey
	if err := json.Unmarshal([]byte(o.stdout), &list); err != nil || list == nil {
		t.Fatalf("%v: %s", err, o.stdout)
	}
	return list
}

// TestKeyList shows each key with where it stands, and nothing of what it is made of.
func TestKeyList(t *testing.T) {
	const margin = 10 * time.Second // for which a key verifies beyond the life of its tokens
	c := consoleOn(t, storetest.DSN(t), "ACCESS_TOKEN_TTL=10m", "JWT_KEY_ANNOUNCE=1h")
	if got := c.keysListed(t); len(got) != 0 {
		t.Errorf("%+v are listed; the service never ran", got)
	}
	c.run(t, "", "key", "list").ends(t, exitDone, "ID  ALGORITHM  PHASE  CREATED  SIGNS FROM  VERIFIES UNTIL\n")
	ready := c.run(t, jwkOf(t, "another-kind", newP256(t)), "key", "import", "--now", "-")
	ready.ends(t, exitDone, "took the key another-kind; it signs with JWT_ALG=ES256\n")
	verifying := c.run(t, "", "key", "rotate", "--now").madeKey(t)
	signing := c.run(t, "", "key", "rotate", "--now").madeKey(t)
	made := c.run(t, "", "key", "rotate")
	made.ends(t, exitDone, "made the key ", "; it is published now, and signs in 1h0m0s\n")
	announced := made.madeKey(t)

	keys := c.keysListed(t)
	shown := [][3]string{{"another-kind", "ES256", "ready"}, {verifying, "EdDSA", "verifying"}, {signing, "EdDSA", "signing"}, {announced, "EdDSA", "announced"}}
	if len(keys) != len(shown) {
		t.Fatalf("%+v", keys)
	}
	table := strings.Split(c.run(t, "", "key", "list").stdout, "\n")
	for i, key := range keys {
		if got := [3]string{key.ID, key.Algorithm, key.Phase}; got != shown[i] {
			t.Errorf("key %d: %q, want %q", i, got, shown[i])
		}
		if fields := strings.Fields(table[i+1]); !slices.Equal(fields[:3], shown[i][:]) || fields[4] != key.SignsFrom.Format(time.RFC3339) {
			t.Errorf("line %d: %s", i, table[i+1])
		}
		if (key.Until != nil) != (key.Phase == "verifying") {
			t.Errorf("key %d verifies until %v", i, key.Until)
		}
	}
	if until := keys[2].SignsFrom.Add(10*time.Minute + margin); !keys[1].Until.Equal(until) {
		t.Errorf("the key before verifies until %v, want %v", keys[1].Until, until)
	}
	if from := keys[3].CreatedAt.Add(time.Hour); keys[3].SignsFrom.Sub(from).Abs() > time.Second {
		t.Errorf("the announced key signs from %v, want %v", keys[3].SignsFrom, from)
	}
	c.keyShape(t)
}

// keyShape fails unless the objects of the array have these members and no others, and times are in UTC.
func (c console) keyShape(t *testing.T) {
	t.Helper()
	text := c.run(t, "", "key", "list", "--json").stdout
	var raw []map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		t.Fatal(err)
	}
	for _, key := range raw {
		for _, name := range []string{"id", "algorithm", "phase", "createdAt", "signsFrom", "until"} {
			value, there := key[name]
			if text, _ := value.(string); !there || strings.HasSuffix(name, "At") && !strings.HasSuffix(text, "Z") {
				t.Errorf("%s = %v", name, value)
			}
		}
		if len(key) != 6 {
			t.Errorf("the array holds %v", key)
		}
	}
}

func newP256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

// publicOf is the public half of a key, in PEM and as a JWK.
func publicOf(t testing.TB, private *ecdsa.PrivateKey) (text, jwk string) {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	member, err := json.Marshal(jose.JSONWebKey{Key: private.Public(), KeyID: "public"})
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), string(member)
}

// TestKeyImportRefuses brings along what is no private key, and beside each the same done right.
func TestKeyImportRefuses(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	private := newP256(t)
	good := pemOf(t, private)
	public, publicJWK := publicOf(t, private)
	taken := jwkOf(t, "taken", newEd25519(t))
	c.run(t, "", "key", "import", keyFile(t, taken)).ends(t, exitDone, "took the key taken; it is published now, and signs in 10m0s\n")
	before := len(c.keysListed(t))
	tests := []struct{ name, stdin, file, want string }{
		{"a file that is missing", "", t.TempDir() + "/none", "no such file or directory"},
		{"a folder", "", t.TempDir(), "is a directory"},
		{"nothing", "", "-", "private key: there is nothing in it"},
		{"a public key", "", keyFile(t, public), "private key: this is a public key only: give the private key that belongs to it"},
		{"a public JWK", "", keyFile(t, publicJWK), "private key: this is a public key only: give the private key that belongs to it"},
		{"two keys", "", keyFile(t, good+good), "private key: there is more than one PEM block: give the private key alone"},
		{"two keys on standard input", good + good, "-", "private key: there is more than one PEM block: give the private key alone"},
		{"too large", "", keyFile(t, good+strings.Repeat("\n", 64<<10)), "private key: larger than 65536 bytes: give one key alone"},
		{"too large, on standard input", good + strings.Repeat("canary\n", 64<<10), "-", "private key: larger than 65536 bytes: give one key alone"},
		{"an id that is taken", "", keyFile(t, jwkOf(t, "taken", private)), "there is a key taken already"},
		{"the same key again", taken, "-", "there is a key taken already"},
		{"no key", "canary", "-", "private key: this is neither PEM"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := c.run(t, tt.stdin, "key", "import", tt.file)
			o.ends(t, exitRefused, "gatehouse: ", tt.want)
			if o.stdout != "" || strings.Contains(o.stderr, "canary") || strings.Contains(o.stderr, strings.Split(good, "\n")[1]) {
				t.Errorf("it says: %s%s", o.stdout, o.stderr)
			}
		})
	}
	if got := len(c.keysListed(t)); got != before {
		t.Errorf("there are %d keys, and were %d", got, before)
	}
	c.run(t, good, "key", "import", "-").ends(t, exitDone, "; it signs with JWT_ALG=ES256\n")
	c.run(t, "", "key", "import", keyFile(t, pemOf(t, newEd25519(t))), "--now").ends(t, exitDone, "; it signs from now on\n")
}

func TestKeyCommandsRefuse(t *testing.T) {
	c := consoleOn(t, storetest.DSN(t))
	c.run(t, "", "key", "rotate", "--now").ends(t, exitDone, "made the key ", "; it signs from now on\n")
	tests := []struct {
		args   string
		status int
		want   string
	}{
		{"retire nonsense", exitRefused, "gatehouse: no signing key has this id\n"},
		{"retire", exitUsage, "<id>"},
		{"rotate nonsense", exitUsage, "unexpected argument nonsense"},
		{"import", exitUsage, "<file>"},
		{"make", exitUsage, "unexpected argument make"},
	}
	for _, tt := range tests {
		t.Run(tt.args, func(t *testing.T) {
			o := c.run(t, "", append([]string{"key"}, strings.Fields(tt.args)...)...)
			o.ends(t, tt.status, tt.want)
			if o.stdout != "" {
				t.Errorf("it answers: %s", o.stdout)
			}
		})
	}
	keys := c.keysListed(t)
	if len(keys) != 1 {
		t.Fatalf("%+v", keys)
	}
	c.run(t, "", "key", "retire", keys[0].ID).ends(t, exitDone, "retired the key "+keys[0].ID+"; the key ", " signs from now on\n")
	if after := c.keysListed(t); len(after) != 1 || after[0].ID == keys[0].ID || after[0].Phase != "signing" {
		t.Errorf("%+v", after)
	}
	c.run(t, "", "key", "retire", keys[0].ID).ends(t, exitRefused, "gatehouse: no signing key has this id\n")
}
