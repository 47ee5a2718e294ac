package token

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzVerify tries arbitrary texts, and arbitrary headers and payloads with a
// good signature and something after it. No input causes a panic; an accepted
// token is the only spelling of its parts, and its claims are the same after
// signing them again.
func FuzzVerify(f *testing.F) {
	k := testKeys()[HS256]
	v := verifierOf(k)
	f.Add(headerOf(k), payloadOf(f, testClaims()), "")
	f.Add(headerOf(k), `{"aud":["`+testAudience+`"],"exp":1e9,"iat":0.5,"gatehouse":{"limit":[]}}`, "=")
	f.Add(`{"alg":"none"}`, "", "\n")
	f.Fuzz(func(t *testing.T, header, payload, end string) {
		if _, err := v.Verify(t.Context(), header+"."+payload+"."+end); err == nil {
			t.Fatal("accepted without a signature")
		}
		text := forge(t, k, header, payload) + end
		c, err := v.Verify(t.Context(), text)
		if err != nil {
			if errors.Is(err, ErrInvalid) == errors.Is(err, ErrExpired) {
				t.Errorf("error = %v", err)
			}
			return
		}
		if canonical := forge(t, k, header, payload); text != canonical {
			t.Errorf("%q accepted, which is not %q", text, canonical)
		}
		again, err := v.Verify(t.Context(), mustSign(t, k, c))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}
