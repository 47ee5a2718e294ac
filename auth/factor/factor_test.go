package factor_test

import (
	"slices"
	"strings"
	"testing"

	"gatehouse/auth/factor"
)

func TestCombine(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{"pwd", "otp", "pwd otp mfa"},
		{"otp", "otp", "otp mfa"},
		{"pwd", "swk user mfa", "pwd swk mfa"},
		{"otp", "hwk user mfa", "otp hwk mfa"},
		{"pwd otp mfa", "otp", "pwd otp mfa"},
		{"", "otp", "otp mfa"},
	} {
		if got := factor.Combine(strings.Fields(tt.first), strings.Fields(tt.second)); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("%s and %s: %q, want %s", tt.first, tt.second, got, tt.want)
		}
	}
	first := make([]string, 1, 8)
	first[0] = "pwd"
	if factor.Combine(first, []string{"otp"}); first[:2][1] != "" {
		t.Error("the first factor's values were changed")
	}
}

func TestDemands(t *testing.T) {
	for rule, want := range map[factor.Rule][2]bool{ // of others, of administrators
		factor.Off: {false, false}, factor.Optional: {false, false}, factor.Admins: {false, true}, factor.Required: {true, true}, "": {false, false},
	} {
		if got := [2]bool{rule.Demands(false), rule.Demands(true)}; got != want {
			t.Errorf("%s demands %v, want %v", rule, got, want)
		}
	}
	if text := (&factor.ChallengeError{Token: "secret"}).Error(); strings.Contains(text, "secret") {
		t.Errorf("%s", text)
	}
}
