package token

import (
	"errors"
	"testing"
)

// TestFromHeader: a request bears one token or none, and anything else is not taken for none.
func TestFromHeader(t *testing.T) {
	tests := []struct {
		name   string
		values []string
		want   string // "" with an error, but for the first two
		valid  bool
	}{
		{"no header", nil, "", true},
		{"a token", []string{"Bearer a.b.c"}, "a.b.c", true},
		{"in other case", []string{"bEARER a.b.c"}, "a.b.c", true},
		{"an empty header", []string{""}, "", false},
		{"a scheme alone", []string{"Bearer"}, "", false},
		{"an empty token", []string{"Bearer "}, "", false},
		{"a token alone", []string{"a.b.c"}, "", false},
		{"a password", []string{"Basic YTpi"}, "", false},
		{"a tab", []string{"Bearer\ta.b.c"}, "", false},
		{"a space before", []string{" Bearer a.b.c"}, "", false},
		{"two tokens", []string{"Bearer a.b.c", "Bearer a.b.c"}, "", false},
		{"a token and an empty header", []string{"Bearer a.b.c", ""}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FromHeader(tt.values)
			if got != tt.want || (err == nil) != tt.valid || err != nil && !errors.Is(err, ErrInvalid) {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
