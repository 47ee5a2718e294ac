package auth

import (
	"errors"
	"strings"
	"testing"

	"gatehouse/auth/email"
)

// An invalid email is an InputError.
func TestParseEmailNamesTheField(t *testing.T) {
	got, err := parseEmail("ada.example.com")
	if field(t, err) != "email" || got != (email.Address{}) || err.Error() != email.ErrInvalid.Error() {
		t.Errorf("%+q, %v; want an InputError for email", got, err)
	}
}

func TestParseName(t *testing.T) {
	tests := []struct {
		name  string
		typed *string
		want  *string
	}{
		{"none", nil, nil},
		{"empty is nil", ptr(""), nil},
		{"blank is nil", ptr(" \t\u00a0"), nil},
		{"plain", ptr("Ada Lovelace"), ptr("Ada Lovelace")},
		{"trimmed", ptr("  Ada\n"), ptr("Ada")},
		{"composed", ptr("Elo\u0308ise"), ptr("El\u00f6ise")},
		{"any script", ptr("\u30c6\u30b9\u30c8 \u05d0\u05d1"), ptr("\u30c6\u30b9\u30c8 \u05d0\u05d1")},
		{"markup is only text", ptr("<b>'; DROP TABLE users;--"), ptr("<b>'; DROP TABLE users;--")},
		{"200 characters", ptr(strings.Repeat("\U0001f600", 200)), ptr(strings.Repeat("\U0001f600", 200))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseName(tt.typed)
			if err != nil || (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("parseName = %v, %v; want %v", got, err, tt.want)
			}
		})
	}
}

func TestParseNameRefuses(t *testing.T) {
	tests := []struct{ name, typed string }{
		{"201 characters", strings.Repeat("a", 201)},
		{"201 characters once composed", strings.Repeat("e\u0301", 201)},
		{"huge", strings.Repeat("a", 1<<20)},
		{"huge and blank", strings.Repeat(" ", 1<<20)},
		{"NUL", "Ada\x00"},
		{"line break", "Ada\nLovelace"},
		{"carriage return", "Ada\rLovelace"},
		{"next line", "Ada\u0085Lovelace"},
		{"line separator", "Ada\u2028Lovelace"},
		{"paragraph separator", "Ada\u2029Lovelace"},
		{"escape", "Ada\x1b[2J"},
		{"delete", "Ada\x7f"},
		{"invalid UTF-8", "Ada\xff"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseName(&tt.typed)
			var input *InputError
			if !errors.As(err, &input) || input.Field != "name" || got != nil {
				t.Errorf("parseName(%+.40q) = %v, %v; want an InputError for name", tt.typed, got, err)
			}
		})
	}
}
