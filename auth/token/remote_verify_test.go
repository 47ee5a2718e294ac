package token

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestRemoteContext: a caller stops waiting for a fetch when its context ends,
// and the fetch goes on for the others.
func TestRemoteContext(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	release := make(chan struct{})
	set := setOf(t, k)
	i.serve(func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, set)
	})
	r := i.remote(t)
	v := verifierOf()
	v.Key = r.Key
	text := mustSign(t, k, testClaims())

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancelLate()
	for _, ctx := range []context.Context{canceled, late} {
		_, err := v.Verify(ctx, text)
		if !errors.Is(err, ctx.Err()) || !errors.Is(err, ErrKeysUnavailable) || errors.Is(err, ErrInvalid) {
			t.Errorf("verify = %v, want ErrKeysUnavailable and %v", err, ctx.Err())
		}
	}
	close(release)
	if _, err := v.Verify(t.Context(), text); err != nil {
		t.Errorf("after the fetch: %v", err)
	}
	i.wantRequests(t, 1)
	if _, err := v.Verify(canceled, text); err != nil {
		t.Errorf("no look-up is needed: %v", err)
	}
}

// TestVerifyContext: Key gets the context of Verify, and what it says of a
// context that ended is never taken for a bad token.
func TestVerifyContext(t *testing.T) {
	k := testKeys()[EdDSA]
	text := mustSign(t, k, testClaims())
	tests := []struct {
		name string
		key  error
		want error
	}{
		{"canceled", context.Canceled, ErrKeysUnavailable},
		{"canceled, known as such", context.Canceled, context.Canceled},
		{"too late", context.DeadlineExceeded, ErrKeysUnavailable},
		{"too late, known as such", context.DeadlineExceeded, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			type name struct{}
			ctx := context.WithValue(t.Context(), name{}, tt.name)
			v := verifierOf()
			v.Key = func(ctx context.Context, _ string) (*Key, error) {
				if ctx.Value(name{}) != tt.name {
					t.Error("Key got another context")
				}
				return nil, tt.key
			}
			if _, err := v.Verify(ctx, text); !errors.Is(err, tt.want) || errors.Is(err, ErrInvalid) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
		})
	}
}

// TestRemoteVerify: Verify says that keys are unavailable, and never takes that
// for a bad token.
func TestRemoteVerify(t *testing.T) {
	k := testKeys()[EdDSA]
	i := newIssuer(t)
	i.serve(http.NotFound)
	r := i.remote(t)
	v := verifierOf()
	v.Key = r.Key
	text := mustSign(t, k, testClaims())

	if _, err := v.Verify(t.Context(), text); !errors.Is(err, ErrKeysUnavailable) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) {
		t.Errorf("no keys: %v", err)
	}
	checkVerify(t, v, text[:len(text)-1], false) // it takes no key to refuse this
	i.publish(t, "", testKeys()[ES256])
	i.advance(time.Second)
	checkVerify(t, v, text, false)
	i.publish(t, "", k)
	i.advance(10 * time.Second)
	checkVerify(t, v, text, true)
}
