package token

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"

	"github.com/c2sp/wycheproof"
	"github.com/google/go-cmp/cmp"
)

// wycheproofExceptions are the vectors on which we differ from Project
// Wycheproof, with the reasons.
var wycheproofExceptions = map[int]string{
	367: "is the text of vector 357, which is valid",
	370: "is the text of vector 357, which is valid",
	372: "valid there because some decoders skip characters outside the alphabet; we refuse them (RFC 7515, 2)",
	373: "valid there because some decoders skip characters outside the alphabet; we refuse them (RFC 7515, 2)",
}

// TestWycheproof runs the JSON Web Signature vectors against the signature
// layer. We refuse the keys of groups whose algorithm we don't have (RS384,
// PS256, ...).
func TestWycheproof(t *testing.T) {
	ran := map[string]int{}
	for _, group := range wycheproofGroups(t, "json_web_signature_test.json") {
		key := wycheproofKey(t, group.Public, group.Private)
		for _, tt := range group.Tests {
			want := tt.Result == "valid"
			switch {
			case key == nil:
				ran["no key"]++
				continue
			case wycheproofExceptions[tt.ID] != "":
				want = !want
				ran["exceptions"]++
			}
			ran[string(key.Algorithm)+" "+tt.Result]++
			compact, _ := tt.JWS.(string)
			if err := verifyWith(compact, key); (err == nil) != want {
				t.Errorf("%d %s: error = %v, want valid = %t", tt.ID, tt.Comment, err, want)
			}
		}
	}
	want := map[string]int{
		"HS256 valid": 10, "HS256 invalid": 30, "ES256 valid": 2, "ES256 invalid": 37, "RS256 valid": 8, "RS256 invalid": 225,
		"no key": 89, "exceptions": len(wycheproofExceptions),
	}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Error(diff)
	}
}

// wycheproofKeyExceptions are the JSON Web Key vectors on which we differ.
var wycheproofKeyExceptions = map[int]string{
	2:  "valid there with a set of symmetric keys, which are never published",
	7:  "a key of the generator with CVE-2017-15361 (ROCA); our keys come from crypto/rsa",
	13: "valid there with a symmetric key in a set",
	14: "valid there with HS384",
	15: "valid there with HS512",
}

// TestWycheproofKeys runs the JSON Web Key vectors: a token is valid for a set
// if the set can be read and the key with the token's kid verifies it.
func TestWycheproofKeys(t *testing.T) {
	ran := map[string]int{}
	for _, group := range wycheproofGroups(t, "json_web_key_test.json") {
		set := group.Public
		if set == nil {
			set = group.Private
		}
		keys, _ := ParseJWKS(set) // an unreadable set has no keys
		for _, tt := range group.Tests {
			ran[tt.Result]++
			compact, _ := tt.JWS.(string)
			want := (tt.Result == "valid") == (wycheproofKeyExceptions[tt.ID] == "")
			if err := verifyWith(compact, keys...); (err == nil) != want {
				t.Errorf("%d %s: error = %v, want valid = %t", tt.ID, tt.Comment, err, want)
			}
		}
	}
	if diff := cmp.Diff(map[string]int{"valid": 5, "invalid": 21}, ran); diff != "" {
		t.Error(diff)
	}
}

type wycheproofGroup struct {
	Public, Private json.RawMessage
	Tests           []struct {
		ID              int `json:"tcId"`
		Comment, Result string
		JWS             any
	}
}

func wycheproofGroups(t *testing.T, name string) []wycheproofGroup {
	t.Helper()
	text, err := fs.ReadFile(wycheproof.TestVectors, name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TestGroups []wycheproofGroup }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.TestGroups
}

// verifyWith verifies a token with the only key, or with the one of several that
// has its kid.
func verifyWith(compact string, keys ...*Key) error {
	j, err := parseJWS(compact)
	if err != nil {
		return err
	}
	if _, err := decodeSegment(j.payload); err != nil {
		return err
	}
	for _, k := range keys {
		if len(keys) == 1 || k.ID == j.header.KeyID {
			return k.verify(j)
		}
	}
	return errors.New("no such key")
}

// wycheproofKey reads a group's key, or returns nil if we don't support it.
func wycheproofKey(t *testing.T, public, private json.RawMessage) *Key {
	t.Helper()
	if public != nil {
		k, err := parseJWK(public)
		if err != nil && !errors.Is(err, errKeyIgnored) {
			t.Fatal(err)
		}
		return k
	}
	var jwk struct{ Kid, Alg, K string }
	if err := json.Unmarshal(private, &jwk); err != nil {
		t.Fatal(err)
	}
	secret, err := base64.RawURLEncoding.DecodeString(jwk.K)
	if err != nil {
		t.Fatal(err)
	}
	k, err := publicKey(jwk.Kid, Algorithm(jwk.Alg), secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
