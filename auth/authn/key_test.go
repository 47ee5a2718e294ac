package authn_test

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/token"
)

// keysOf takes one text for a key of ada's.
type keysOf string

func (k keysOf) Authenticate(_ context.Context, text string) (*auth.Principal, error) {
	if text != string(k) {
		return nil, auth.ErrKeyInvalid
	}
	return &auth.Principal{ID: ada, KeyID: sessionOne}, nil
}

// A request presents a key as a bearer token or elsewhere, and nothing besides.
func TestAuthenticateByKey(t *testing.T) {
	key := keysOf(auth.KeyPrefix + "good")
	a := &authn.Authenticator{Keys: key, Tokens: &token.Verifier{Now: noon}}
	bearer := []string{"Bearer " + string(key)}
	for _, tt := range []struct {
		name string
		c    authn.Credentials
		want error
	}{
		{"two keys", authn.Credentials{Keys: []string{string(key), string(key)}}, auth.ErrSeveralCredentials},
		{"a key and a bearer", authn.Credentials{bearer, []string{string(key)}}, auth.ErrSeveralCredentials},
		{"a key and an empty header", authn.Credentials{[]string{""}, []string{string(key)}}, auth.ErrSeveralCredentials},
		{"two bearers", authn.Credentials{Authorization: append(bearer, bearer...)}, auth.ErrTokenInvalid},
		{"an empty key", authn.Credentials{Keys: []string{""}}, auth.ErrKeyInvalid},
		{"another key", authn.Credentials{Keys: []string{auth.KeyPrefix + "bad"}}, auth.ErrKeyInvalid},
		{"another key as a bearer", authn.Credentials{Authorization: []string{"Bearer " + auth.KeyPrefix + "bad"}}, auth.ErrKeyInvalid},
		{"a key of another scheme", authn.Credentials{Authorization: []string{"ApiKey " + string(key)}}, auth.ErrTokenInvalid},
		{"in capitals", authn.Credentials{Authorization: []string{"Bearer GH_good"}}, auth.ErrTokenInvalid},
		{"a key", authn.Credentials{Keys: []string{string(key)}}, nil},
		{"as a bearer", authn.Credentials{Authorization: bearer}, nil},
	} {
		p, err := a.Authenticate(t.Context(), tt.c)
		if !errors.Is(err, tt.want) || (p != nil) != (tt.want == nil) {
			t.Errorf("%s: %+v, %v; want %v", tt.name, p, err, tt.want)
		}
	}
	if _, err := (&authn.Authenticator{}).Authenticate(t.Context(), authn.Credentials{Keys: []string{string(key)}}); !errors.Is(err, auth.ErrKeyInvalid) {
		t.Errorf("without keys: %v", err)
	}
}
