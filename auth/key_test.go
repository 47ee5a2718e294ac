package auth

import (
	"context"
	"errors"
	"testing"

	"gatehouse/auth/token"
)

// keysOf takes one text for a key of ada's.
type keysOf string

func (k keysOf) Authenticate(_ context.Context, text string) (*Principal, error) {
	if text != string(k) {
		return nil, ErrKeyInvalid
	}
	return &Principal{ID: ada, KeyID: sessionOne}, nil
}

// A request presents a key as a bearer token or elsewhere, and nothing besides.
func TestAuthenticateByKey(t *testing.T) {
	key := keysOf(KeyPrefix + "good")
	a := &Authenticator{Keys: key, Tokens: &token.Verifier{Now: newClock().now}}
	bearer := []string{"Bearer " + string(key)}
	for _, tt := range []struct {
		name string
		c    Credentials
		want error
	}{
		{"two keys", Credentials{Keys: []string{string(key), string(key)}}, ErrSeveralCredentials},
		{"a key and a bearer", Credentials{bearer, []string{string(key)}}, ErrSeveralCredentials},
		{"a key and an empty header", Credentials{[]string{""}, []string{string(key)}}, ErrSeveralCredentials},
		{"two bearers", Credentials{Authorization: append(bearer, bearer...)}, ErrTokenInvalid},
		{"an empty key", Credentials{Keys: []string{""}}, ErrKeyInvalid},
		{"another key", Credentials{Keys: []string{KeyPrefix + "bad"}}, ErrKeyInvalid},
		{"another key as a bearer", Credentials{Authorization: []string{"Bearer " + KeyPrefix + "bad"}}, ErrKeyInvalid},
		{"a key of another scheme", Credentials{Authorization: []string{"ApiKey " + string(key)}}, ErrTokenInvalid},
		{"in capitals", Credentials{Authorization: []string{"Bearer GH_good"}}, ErrTokenInvalid},
		{"a key", Credentials{Keys: []string{string(key)}}, nil},
		{"as a bearer", Credentials{Authorization: bearer}, nil},
	} {
		p, err := a.Authenticate(t.Context(), tt.c)
		if !errors.Is(err, tt.want) || (p != nil) != (tt.want == nil) {
			t.Errorf("%s: %+v, %v; want %v", tt.name, p, err, tt.want)
		}
	}
	if _, err := (&Authenticator{}).Authenticate(t.Context(), Credentials{Keys: []string{string(key)}}); !errors.Is(err, ErrKeyInvalid) {
		t.Errorf("without keys: %v", err)
	}
}
