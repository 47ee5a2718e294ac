package auth

import (
	"testing"

	"gatehouse/auth/email"
	"gatehouse/auth/name"
)

// An invalid email is an InputError.
func TestParseEmailNamesTheField(t *testing.T) {
	got, err := parseEmail("ada.example.com")
	if field(t, err) != "email" || got != (email.Address{}) || err.Error() != email.ErrInvalid.Error() {
		t.Errorf("%+q, %v; want an InputError for email", got, err)
	}
}

// An invalid name is an InputError, and a blank one is nil.
func TestParseNameNamesTheField(t *testing.T) {
	got, err := parseName(ptr("Ada\u202e"))
	if field(t, err) != "name" || got != nil || err.Error() != name.ErrInvalid.Error() {
		t.Errorf("%v, %v; want an InputError for name", got, err)
	}
	for _, blank := range []*string{nil, ptr(""), ptr(" \t")} {
		if got, err := parseName(blank); got != nil || err != nil {
			t.Errorf("%v, %v; want nil", got, err)
		}
	}
	if got, err := parseName(ptr(" Ada ")); err != nil || *got != "Ada" {
		t.Errorf("%v, %v; want Ada", got, err)
	}
}
