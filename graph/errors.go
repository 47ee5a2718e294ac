package graph

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// codes lists every error a client may see by name, with its code and, where there is one, its reason. Any other is logged here, once,
// and shown as INTERNAL.
func codes() []struct {
	err    error
	code   ErrorCode
	reason string
} {
	return []struct {
		err    error
		code   ErrorCode
		reason string
	}{
		{auth.ErrNoCredential, CodeUnauthenticated, string(policy.NoCredential)},
		{auth.ErrTokenExpired, CodeUnauthenticated, "token_expired"},
		{auth.ErrSessionEnded, CodeUnauthenticated, "session_ended"},
		{auth.ErrTokenInvalid, CodeUnauthenticated, "token_invalid"},
		{auth.ErrRank, CodeForbidden, "rank"},
		{auth.ErrRegistrationClosed, CodeForbidden, "registration_closed"},
		{auth.ErrInvalidCredentials, CodeInvalidCredentials, ""},
		{auth.ErrRefreshInvalid, CodeRefreshTokenInvalid, ""},
		{auth.ErrRefreshReused, CodeRefreshTokenReused, ""},
		{auth.ErrTwoRefreshTokens, CodeBadRequest, ""},
		{auth.ErrNotFound, CodeNotFound, ""},
		{auth.ErrNoSession, CodeNotFound, ""},
		{auth.ErrLastAdmin, CodeConflict, ""},
		{auth.ErrUnavailable, CodeUnavailable, ""},
	}
}

// A httpError is a request that is not one of GraphQL's, or has a bad credential: it is answered by its status, without data.
type httpError struct {
	status int
	header map[string]string
	error  *gqlerror.Error
}

// errLogged is a fault that stands in the log already.
var errLogged = errors.New("internal error, logged")

// parseFailed is a document that is not GraphQL.
type parseFailed struct{ at *gqlerror.Error }

func (e *parseFailed) Error() string { return e.at.Message }

// tooLarge is an operation beyond one of the limits.
type tooLarge struct {
	limit   string
	allowed int
	asked   int // 0: what there is more of was not counted
}

func (e *tooLarge) Error() string { return "the operation is too large" }

func badRequest(status int, message string) *httpError {
	return &httpError{status: status, error: coded(message, CodeBadRequest)}
}

// coded makes the error that a client sees.
func coded(message string, code ErrorCode) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

// invalid gives the errors of a validation the code that a client sees.
func invalid(errs gqlerror.List) gqlerror.List {
	for _, err := range errs {
		err.Extensions = map[string]any{"code": CodeValidationFailed}
	}
	return errs
}

// noOperation is a document without the operation that is meant.
func noOperation() *gqlerror.Error {
	return coded("The document has no such operation, or several and operationName says none of them.", CodeValidationFailed)
}

// noPersistedQuery answers an id that no document has. Clients tell it by its message, and send the document.
func noPersistedQuery() *gqlerror.Error {
	return coded("PersistedQueryNotFound", CodePersistedQueryNotFound)
}

// noPersistedQueries answers an id where documents have none. Clients tell it by its message, and send documents from then on.
func noPersistedQueries() *gqlerror.Error {
	return coded("PersistedQueryNotSupported", CodePersistedQueryNotSupported)
}

// untrusted refuses a document that was sent.
func untrusted(mode DocumentMode) *gqlerror.Error {
	g := coded("This service runs the documents of its own clients only; this is none of them.", CodeForbidden)
	g.Extensions["reason"] = "untrusted_document"
	if mode == DocumentsOnly {
		g.Message = "This service runs the documents of its own clients only; send the id of one, and no text."
		g.Extensions["reason"] = "document_id_required"
	}
	return g
}

// present turns an error into what a client sees. detailed adds to a refusal what would lift it, which is for those who are logged in.
func (h *Handler) present(err error, detailed bool, requestID string) *gqlerror.Error {
	if g := told(err, detailed); g != nil {
		return g
	}
	if !errors.Is(err, errLogged) {
		h.log.Error("internal error", slog.String("request_id", requestID), slog.String("error", err.Error()))
	}
	g := coded("Something went wrong here. The request id finds it in the log.", CodeInternal)
	g.Extensions["requestId"] = requestID
	return g
}

// told is what a client sees of an error that it may see by name; nil for any other.
func told(err error, detailed bool) *gqlerror.Error {
	var (
		refusal  *policy.Refusal
		input    *auth.InputError
		conflict *auth.ConflictError
		parse    *parseFailed
		large    *tooLarge
		soon     *auth.LimitError
	)
	switch {
	case errors.As(err, &refusal):
		return refused(refusal, detailed)
	case errors.As(err, &input):
		return field(coded(input.Message, CodeBadUserInput), input.Field)
	case errors.As(err, &conflict):
		return field(coded(conflict.Message, CodeConflict), conflict.Field)
	case errors.As(err, &parse):
		g := coded(parse.at.Message, CodeParseFailed)
		g.Locations = parse.at.Locations
		return g
	case errors.As(err, &large):
		return large.present()
	case errors.As(err, &soon):
		g := coded(sentence(soon.Error()), CodeRateLimited)
		g.Extensions["retryAfter"] = soon.Seconds()
		return g
	}
	for _, known := range codes() {
		if errors.Is(err, known.err) {
			g := coded(sentence(known.err.Error()), known.code)
			if known.reason != "" {
				g.Extensions["reason"] = known.reason
			}
			return g
		}
	}
	return nil
}

// codeOf returns the code that a client sees of an error.
func codeOf(err error) ErrorCode {
	if g := told(err, false); g != nil {
		return g.Extensions["code"].(ErrorCode)
	}
	return CodeInternal
}

// refused is what a caller sees of a refusal.
func refused(r *policy.Refusal, detailed bool) *gqlerror.Error {
	code := CodeForbidden
	if r.Reason == policy.NoCredential {
		code = CodeUnauthenticated
	}
	g := coded(sentence(r.Error()), code)
	g.Extensions["reason"] = r.Reason
	if detailed {
		g.Extensions["coordinate"], g.Extensions["required"], g.Extensions["missing"] = r.Coordinate, r.Required, r.Missing
	}
	return g
}

func (e *tooLarge) present() *gqlerror.Error {
	g := coded("The operation is too large for this service.", CodeOperationTooLarge)
	g.Extensions["limit"], g.Extensions["allowed"] = e.limit, e.allowed
	if e.asked > 0 {
		g.Extensions["asked"] = e.asked
	}
	return g
}

func field(g *gqlerror.Error, path string) *gqlerror.Error {
	if path != "" {
		g.Extensions["field"] = path
	}
	return g
}

// sentence makes one of an error's text, which by custom begins in lower case and ends without a full stop.
func sentence(text string) string {
	return string(text[0]&^0x20) + text[1:] + "."
}

// badCredential reports whether an error says that the credential is no good. Any other leaves open whether it is.
func badCredential(err error) bool {
	return errors.Is(err, auth.ErrTokenInvalid) || errors.Is(err, auth.ErrTokenExpired) || errors.Is(err, auth.ErrSessionEnded)
}

// unauthenticated answers a bad credential (RFC 6750, 3.1), or one of which it can't be found out whether it is good.
func (h *Handler) unauthenticated(err error, requestID string) *httpError {
	fault := &httpError{status: http.StatusInternalServerError, error: h.present(err, false, requestID)}
	switch {
	case badCredential(err):
		fault.status = http.StatusUnauthorized
		fault.header = map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}
	case errors.Is(err, auth.ErrUnavailable):
		fault.status = http.StatusServiceUnavailable
		fault.header = map[string]string{"Retry-After": strconv.Itoa(retryAfter)}
	}
	return fault
}
