package token

import (
	"fmt"
	"strings"
)

// FromHeader returns the access token in the values of a request's
// Authorization header (RFC 6750, 2.1), or "" if the request has no such
// header. It returns [ErrInvalid] unless there is exactly one credential, a
// bearer token.
func FromHeader(authorization []string) (text string, err error) {
	if len(authorization) == 0 {
		return "", nil
	}
	if len(authorization) > 1 {
		return "", fmt.Errorf("%w: %d credentials", ErrInvalid, len(authorization))
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", fmt.Errorf("%w: the scheme is not Bearer", ErrInvalid)
	}
	if text == "" {
		return "", fmt.Errorf("%w: the credential is empty", ErrInvalid)
	}
	return text, nil
}
