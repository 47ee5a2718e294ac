package token

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// TestIDToken: an ID token is read with the key that signed it, and is not an access token.
func TestIDToken(t *testing.T) {
	const claims = `{"iss":"https://id.example","aud":"app","sub":"ada"}`
	for alg, key := range testKeys() {
		text, err := key.SignIDToken([]byte(claims))
		if err != nil {
			t.Fatal(err)
		}
		find := func(_ context.Context, id string) (*Key, error) {
			if id != key.ID {
				return nil, ErrInvalid
			}
			return key, nil
		}
		if got, err := IDTokenClaims(t.Context(), text, find); err != nil || string(got) != claims {
			t.Errorf("%s: %s, %v", alg, got, err)
		}
		header, _ := base64.RawURLEncoding.DecodeString(text[:strings.IndexByte(text, '.')])
		if want := `{"alg":"` + string(alg) + `","kid":"` + key.ID + `","typ":"JWT"}`; string(header) != want {
			t.Errorf("header %s, want %s", header, want)
		}
		access := mustSign(t, key, testClaims())
		verifier := verifierOf(key)
		if _, err := verifier.Verify(t.Context(), access); err != nil {
			t.Fatal(err)
		}
		forged, err := key.SignIDToken([]byte(payloadOf(t, testClaims())))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verifier.Verify(t.Context(), forged); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: an ID token with all claims of an access token: %v, want ErrInvalid", alg, err)
		}
		for name, text := range map[string]string{
			"an access token": access, "none": "", "another signature": text[:len(text)-8] + "AAAAAAAA",
			"other claims": text[:strings.IndexByte(text, '.')+1] + "e30" + text[strings.LastIndexByte(text, '.'):],
		} {
			if _, err := IDTokenClaims(t.Context(), text, find); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s, %s: %v, want ErrInvalid", alg, name, err)
			}
		}
		if public := key.Public(); public != nil {
			if _, err := public.SignIDToken([]byte(claims)); err == nil {
				t.Errorf("%s: a public key signs", alg)
			}
		}
		away := func(context.Context, string) (*Key, error) { return nil, ErrKeysUnavailable }
		if _, err := IDTokenClaims(t.Context(), text, away); !errors.Is(err, ErrKeysUnavailable) || errors.Is(err, ErrInvalid) {
			t.Errorf("%s: while keys can't be looked up: %v", alg, err)
		}
	}
}

// TestNewRSAKey: a key has as many bits as asked for, within the bounds of what verifies.
func TestNewRSAKey(t *testing.T) {
	key, err := NewRSAKey(MinRSABits)
	if err != nil || key.Algorithm != RS256 || key.ID == "" {
		t.Fatal(key, err)
	}
	if text := mustSign(t, key, testClaims()); len(text[strings.LastIndexByte(text, '.')+1:]) != (MinRSABits/8*8+5)/6 {
		t.Errorf("a signature of another size: %s", text)
	}
	if _, err := NewRSAKey(1024); err == nil {
		t.Error("made a key of 1024 bits")
	}
}
