package graph

// An ErrorCode is what extensions.code of an error says; the schema's enum of the name describes each.
type ErrorCode string

// The codes, in the order of the schema.
const (
	CodeUnauthenticated     ErrorCode = "UNAUTHENTICATED"
	CodeForbidden           ErrorCode = "FORBIDDEN"
	CodeInvalidCredentials  ErrorCode = "INVALID_CREDENTIALS"
	CodeRefreshTokenInvalid ErrorCode = "REFRESH_TOKEN_INVALID"
	CodeRefreshTokenReused  ErrorCode = "REFRESH_TOKEN_REUSED"
	CodeBadUserInput        ErrorCode = "BAD_USER_INPUT"
	CodeNotFound            ErrorCode = "NOT_FOUND"
	CodeConflict            ErrorCode = "CONFLICT"
	CodeRateLimited         ErrorCode = "RATE_LIMITED"
	CodeParseFailed         ErrorCode = "GRAPHQL_PARSE_FAILED"
	CodeValidationFailed    ErrorCode = "GRAPHQL_VALIDATION_FAILED"
	CodeOperationTooLarge   ErrorCode = "OPERATION_TOO_LARGE"
	CodeBadRequest          ErrorCode = "BAD_REQUEST"

	CodePersistedQueryNotFound     ErrorCode = "PERSISTED_QUERY_NOT_FOUND"
	CodePersistedQueryNotSupported ErrorCode = "PERSISTED_QUERY_NOT_SUPPORTED"

	CodeUnavailable ErrorCode = "UNAVAILABLE"
	CodeInternal    ErrorCode = "INTERNAL"
)
