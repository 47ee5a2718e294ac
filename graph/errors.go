package graph

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
	"gatehouse/graph/persisted"
)

// codes lists every error a client may see by name, with its code and, where there is one, its reason. Any other is logged here, once,
// and shown as INTERNAL.
func codes() []struct {
	err    error
	code   fault.Code
	reason string
} {
	return []struct {
		err    error
		code   fault.Code
		reason string
	}{
		{auth.ErrNoCredential, fault.CodeUnauthenticated, string(policy.NoCredential)},
		{auth.ErrTokenExpired, fault.CodeUnauthenticated, "token_expired"},
		{auth.ErrSessionEnded, fault.CodeUnauthenticated, "session_ended"},
		{auth.ErrTokenInvalid, fault.CodeUnauthenticated, "token_invalid"},
		{auth.ErrRank, fault.CodeForbidden, "rank"},
		{auth.ErrRegistrationClosed, fault.CodeForbidden, "registration_closed"},
		{auth.ErrInvalidCredentials, fault.CodeInvalidCredentials, ""},
		{auth.ErrRefreshInvalid, fault.CodeRefreshTokenInvalid, ""},
		{auth.ErrRefreshReused, fault.CodeRefreshTokenReused, ""},
		{auth.ErrTwoRefreshTokens, fault.CodeBadRequest, ""},
		{auth.ErrNotFound, fault.CodeNotFound, ""},
		{auth.ErrNoSession, fault.CodeNotFound, ""},
		{auth.ErrLastAdmin, fault.CodeConflict, ""},
		{auth.ErrUnavailable, fault.CodeUnavailable, ""},
	}
}

// errLogged is a fault that stands in the log already.
var errLogged = errors.New("internal error, logged")

// noOperation is a document without the operation that is meant.
func noOperation() *gqlerror.Error {
	return fault.New("The document has no such operation, or several and operationName says none of them.", fault.CodeValidationFailed)
}

// noPersistedQuery answers an id that no document has. Clients tell it by its message, and send the document.
func noPersistedQuery() *gqlerror.Error {
	return fault.New("PersistedQueryNotFound", fault.CodePersistedQueryNotFound)
}

// noPersistedQueries answers an id where documents have none. Clients tell it by its message, and send documents from then on.
func noPersistedQueries() *gqlerror.Error {
	return fault.New("PersistedQueryNotSupported", fault.CodePersistedQueryNotSupported)
}

// untrusted refuses a document that was sent.
func untrusted(mode persisted.Mode) *gqlerror.Error {
	g := fault.New("This service runs the documents of its own clients only; this is none of them.", fault.CodeForbidden)
	g.Extensions["reason"] = "untrusted_document"
	if mode == persisted.ModeOnly {
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
	g := fault.New("Something went wrong here. The request id finds it in the log.", fault.CodeInternal)
	g.Extensions["requestId"] = requestID
	return g
}

// told is what a client sees of an error that it may see by name; nil for any other.
func told(err error, detailed bool) *gqlerror.Error {
	var (
		refusal  *policy.Refusal
		input    *auth.InputError
		conflict *auth.ConflictError
		soon     *auth.LimitError
		f        *fault.Fault
	)
	switch {
	case errors.As(err, &f):
		return f.Errors[0]
	case errors.As(err, &refusal):
		return guard.Refused(refusal, detailed)
	case errors.As(err, &input):
		return field(fault.New(input.Message, fault.CodeBadUserInput), input.Field)
	case errors.As(err, &conflict):
		return field(fault.New(conflict.Message, fault.CodeConflict), conflict.Field)
	case errors.As(err, &soon):
		g := fault.Of(soon, fault.CodeRateLimited)
		g.Extensions["retryAfter"] = soon.Seconds()
		return g
	}
	for _, known := range codes() {
		if errors.Is(err, known.err) {
			g := fault.Of(known.err, known.code)
			if known.reason != "" {
				g.Extensions["reason"] = known.reason
			}
			return g
		}
	}
	return nil
}

// codeOf returns the code that a client sees of an error.
func codeOf(err error) fault.Code {
	if g := told(err, false); g != nil {
		return fault.CodeOf(g)
	}
	return fault.CodeInternal
}

func field(g *gqlerror.Error, path string) *gqlerror.Error {
	if path != "" {
		g.Extensions["field"] = path
	}
	return g
}

// badCredential reports whether an error says that the credential is no good. Any other leaves open whether it is.
func badCredential(err error) bool {
	return errors.Is(err, auth.ErrTokenInvalid) || errors.Is(err, auth.ErrTokenExpired) || errors.Is(err, auth.ErrSessionEnded)
}

// unauthenticated answers a bad credential (RFC 6750, 3.1), or one of which it can't be found out whether it is good.
func (h *Handler) unauthenticated(err error, requestID string) *fault.Fault {
	f := h.internal(err, requestID)
	switch {
	case badCredential(err):
		f.Status = http.StatusUnauthorized
		f.Header = map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}
	case errors.Is(err, auth.ErrUnavailable):
		f.Status, f.Header = http.StatusServiceUnavailable, fault.RetryLater()
	}
	return f
}

// internal answers a request that failed before its operation could run.
func (h *Handler) internal(err error, requestID string) *fault.Fault {
	f := fault.Invalid(h.present(err, false, requestID))
	f.Status = http.StatusInternalServerError
	return f
}

// invalid is the fault of a document that does not fit the schema.
func invalid(errs gqlerror.List) *fault.Fault {
	for _, err := range errs {
		err.Extensions = map[string]any{"code": fault.CodeValidationFailed}
	}
	return fault.Invalid(errs...)
}
