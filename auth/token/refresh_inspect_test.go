package token

import (
	"errors"
	"math"
	"testing"
)

func TestInspectRefresh(t *testing.T) {
	s := testSecrets(t)
	good := issue(t, s, 7)
	tests := []struct {
		name    string
		text    string
		counter uint64
		want    error
	}{
		{"empty", "", 0, ErrInvalid},
		{"truncated", good[:81], 0, ErrInvalid},
		{"extended", good + "A", 0, ErrInvalid},
		{"line break", good[:80] + "\r\n", 0, ErrInvalid},
		{"other alphabet", "+" + good[1:], 0, ErrInvalid},
		{"access token", mustSign(t, testKeys()[HS256], testClaims()), 0, ErrInvalid},
		{"other version", flip(t, good, 0, 3), 0, ErrInvalid},
		{"wrong tag", flip(t, good, refreshHeaderSize, 1), 7, nil},
		{"other secret", issue(t, Secrets{Current: mustSecret(t, otherSecretText)}, 7), 7, nil},
		{"counter out of range", flip(t, good, refreshHeaderSize-8, 0x80), 1<<63 | 7, nil},
		{"last counter", issue(t, s, math.MaxInt64), math.MaxInt64, nil},
		{"good", good, 7, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			session, counter, err := InspectRefresh(tt.text)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			want := ""
			if tt.want == nil {
				want = testSession
			}
			if session != want || counter != tt.counter {
				t.Errorf("read %q at %d, want %q at %d", session, counter, want, tt.counter)
			}
		})
	}
}
