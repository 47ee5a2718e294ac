package fault

import "github.com/vektah/gqlparser/v2/gqlerror"

// A Code is the value of extensions.code of an error. The schema's enum
// ErrorCode describes each.
type Code string

// The codes, in the order of the schema.
const (
	CodeUnauthenticated     Code = "UNAUTHENTICATED"
	CodeForbidden           Code = "FORBIDDEN"
	CodeStepUpRequired      Code = "STEP_UP_REQUIRED"
	CodeInvalidCredentials  Code = "INVALID_CREDENTIALS"
	CodeProofInvalid        Code = "PROOF_INVALID"
	CodeChallengeRequired   Code = "CHALLENGE_REQUIRED"
	CodeRefreshTokenInvalid Code = "REFRESH_TOKEN_INVALID"
	CodeRefreshTokenReused  Code = "REFRESH_TOKEN_REUSED"
	CodeBadUserInput        Code = "BAD_USER_INPUT"
	CodeNotFound            Code = "NOT_FOUND"
	CodeConflict            Code = "CONFLICT"
	CodeRateLimited         Code = "RATE_LIMITED"
	CodeParseFailed         Code = "GRAPHQL_PARSE_FAILED"
	CodeValidationFailed    Code = "GRAPHQL_VALIDATION_FAILED"
	CodeOperationTooLarge   Code = "OPERATION_TOO_LARGE"
	CodeBadRequest          Code = "BAD_REQUEST"

	CodePersistedQueryNotFound     Code = "PERSISTED_QUERY_NOT_FOUND"
	CodePersistedQueryNotSupported Code = "PERSISTED_QUERY_NOT_SUPPORTED"

	CodeUnavailable Code = "UNAVAILABLE"
	CodeInternal    Code = "INTERNAL"
)

// CodeOf returns the code of an error, "" if it has none.
func CodeOf(err *gqlerror.Error) Code {
	switch code := err.Extensions["code"].(type) {
	case Code:
		return code
	case string: // of graph/guard
		return Code(code)
	}
	return ""
}
