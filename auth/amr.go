package auth

import "slices"

// multipleFactors is the method in amr that says that more than one factor was used (RFC
// 8176, 2).
const multipleFactors = "mfa"

// The levels of authentication, as the claim acr names them: those of NIST SP 800-63B.
const (
	OneFactor  = "aal1"
	TwoFactors = "aal2"
)

// FactorsOf returns with how many factors a person was authenticated who used these methods
// (RFC 8176): 2 with more than one, else 1. A token of the release before names no method.
func FactorsOf(amr []string) int {
	if slices.Contains(amr, multipleFactors) {
		return 2
	}
	return 1
}

// LevelOf returns the level of authentication of a person who used these methods.
func LevelOf(amr []string) string {
	if FactorsOf(amr) > 1 {
		return TwoFactors
	}
	return OneFactor
}
