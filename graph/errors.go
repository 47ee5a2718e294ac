package graph

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/bymail"
	"gatehouse/auth/factor"
	"gatehouse/auth/factor/desk"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/passkey"
	"gatehouse/auth/policy"
	"gatehouse/auth/proof"
	"gatehouse/auth/reauth"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
	"gatehouse/graph/transport"
)

// knownErrors lists every error that a client may see by its text, with its code
// and, if it has one, its reason. Any other is logged here, once, and presented
// as INTERNAL.
var knownErrors = []struct {
	err    error
	code   fault.Code
	reason string
}{
	{auth.ErrNoCredential, fault.CodeUnauthenticated, string(policy.NoCredential)},
	{auth.ErrTokenExpired, fault.CodeUnauthenticated, "token_expired"},
	{auth.ErrSessionEnded, fault.CodeUnauthenticated, "session_ended"},
	{auth.ErrTokenInvalid, fault.CodeUnauthenticated, "token_invalid"},
	{auth.ErrKeyInvalid, fault.CodeUnauthenticated, "key_invalid"},
	{auth.ErrSeveralCredentials, fault.CodeUnauthenticated, "token_invalid"},
	{proof.ErrInvalid, fault.CodeProofInvalid, ""}, // before ErrRank, which it may be because of
	{auth.ErrRank, fault.CodeForbidden, "rank"},
	{clients.ErrRank, fault.CodeForbidden, "rank"},
	{apikey.ErrByKey, fault.CodeForbidden, string(policy.NotDelegable)},
	{auth.ErrRegistrationClosed, fault.CodeForbidden, "registration_closed"},
	{auth.ErrNotOffered, fault.CodeForbidden, "not_offered"},
	{auth.ErrEmailUnproved, fault.CodeForbidden, "email_unverified"},
	{reauth.ErrNotPerson, fault.CodeForbidden, string(policy.NotDelegable)},
	{auth.ErrStepUp, fault.CodeStepUpRequired, string(policy.Stale)},
	{factor.ErrNone, fault.CodeForbidden, "second_factor_missing"},
	{bymail.ErrNotPerson, fault.CodeForbidden, string(policy.NotDelegable)},
	{desk.ErrWrong, fault.CodeInvalidCredentials, ""},
	{passkey.ErrRefused, fault.CodeInvalidCredentials, ""}, // which are also the next
	{auth.ErrInvalidCredentials, fault.CodeInvalidCredentials, ""},
	{auth.ErrRefreshInvalid, fault.CodeRefreshTokenInvalid, ""},
	{auth.ErrRefreshReused, fault.CodeRefreshTokenReused, ""},
	{errTwoRefreshTokens, fault.CodeBadRequest, ""},
	{auth.ErrUserNotFound, fault.CodeNotFound, ""},
	{auth.ErrSessionNotFound, fault.CodeNotFound, ""},
	{bymail.ErrInvitationNotFound, fault.CodeNotFound, ""},
	{apikey.ErrNotFound, fault.CodeNotFound, ""},
	{passkey.ErrNotFound, fault.CodeNotFound, ""},
	{clients.ErrNotFound, fault.CodeNotFound, ""},
	{clients.ErrResourceNotFound, fault.CodeNotFound, ""},
	{clients.ErrGrantNotFound, fault.CodeNotFound, ""},
	{auth.ErrRoleNotFound, fault.CodeNotFound, ""},
	{auth.ErrNotFound, fault.CodeNotFound, ""},
	{auth.ErrLastAdmin, fault.CodeConflict, ""},
	{auth.ErrUnavailable, fault.CodeUnavailable, ""},
}

// errLogged stands for an error that is in the log already.
var errLogged = errors.New("internal error, logged")

// present returns the error that a client sees. With detailed set, a refusal says
// what would lift it.
func (h *Handler) present(ctx context.Context, err error, detailed bool) *gqlerror.Error {
	if g := visible(err, detailed); g != nil {
		if fault.CodeOf(g) == fault.CodeUnavailable {
			h.outages.Warn(ctx, requestID(ctx), err)
		}
		return g
	}
	if errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		return &gqlerror.Error{Message: "The client has hung up.", Err: context.Canceled} // never sent: see isClientGone
	}
	id := requestID(ctx)
	if !errors.Is(err, errLogged) {
		h.log.ErrorContext(ctx, "internal error", slog.String("request_id", id), slog.String("error", err.Error()))
	}
	g := fault.New("Internal error. Quote requestId when you report it.", fault.CodeInternal)
	g.Extensions["requestId"] = id
	return g
}

// visible returns what a client sees of an error, nil if that is nothing.
func visible(err error, detailed bool) *gqlerror.Error {
	var (
		f        *fault.Fault
		refusal  *policy.Refusal
		input    *auth.InputError
		conflict *auth.ConflictError
		limit    *auth.LimitError
		needed   *factor.ChallengeError
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Of(auth.ErrUnavailable, fault.CodeUnavailable)
	case errors.As(err, &f):
		return f.Errors[0]
	case errors.As(err, &refusal):
		return guard.Refused(refusal, detailed)
	case errors.Is(err, factor.ErrOne):
		return guard.Refused(&policy.Refusal{Reason: policy.OneFactor, Factors: 2}, false)
	case errors.As(err, &input):
		return withField(fault.New(input.Message, fault.CodeBadUserInput), input.Field)
	case errors.As(err, &needed):
		return challengeRequired(needed)
	case errors.As(err, &conflict):
		return withField(fault.New(conflict.Message, fault.CodeConflict), conflict.Field)
	case errors.As(err, &limit):
		g := fault.Of(limit, fault.CodeRateLimited)
		g.Extensions["retryAfter"] = limit.Seconds()
		return g
	}
	for _, known := range knownErrors {
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

// challengeRequired returns the error of a log-in that lacks a second factor.
func challengeRequired(needed *factor.ChallengeError) *gqlerror.Error {
	g := fault.Of(needed, fault.CodeChallengeRequired)
	methods := make([]string, len(needed.Methods))
	for i, kind := range needed.Methods {
		methods[i] = strings.ToUpper(string(kind)) // as in the enum FactorKind
	}
	g.Extensions["challenge"], g.Extensions["methods"] = needed.Token, methods
	g.Extensions["expiresAt"] = needed.ExpiresAt.UTC().Format(time.RFC3339)
	return g
}

func withField(g *gqlerror.Error, field string) *gqlerror.Error {
	if field != "" {
		g.Extensions["field"] = field
	}
	return g
}

// isClientGone reports whether an error says that the client has hung up. The context
// alone does not say so: net/http also cancels it if a body is not read in time, and then
// the client gets the answer.
func isClientGone(g *gqlerror.Error) bool { return errors.Is(g, context.Canceled) }

// codeOf returns the code that a client sees of an error.
func codeOf(err error) fault.Code {
	if g := visible(err, false); g != nil {
		return fault.CodeOf(g)
	}
	return fault.CodeInternal
}

// internal returns the fault of a request that fails before its operation runs.
func (h *Handler) internal(ctx context.Context, err error) *fault.Fault {
	return fault.Status(http.StatusInternalServerError, h.present(ctx, err, false))
}

// isBadCredential reports whether an error says that the credential is bad. Any
// other error leaves that open.
func isBadCredential(err error) bool {
	return errors.Is(err, auth.ErrTokenInvalid) || errors.Is(err, auth.ErrTokenExpired) || errors.Is(err, auth.ErrSessionEnded) ||
		errors.Is(err, auth.ErrKeyInvalid) || errors.Is(err, auth.ErrSeveralCredentials)
}

// challenge returns the header WWW-Authenticate of a bad credential. metadata is the URL of the
// API's metadata, by which a client finds out where it gets another one (RFC 9728, 5.1).
func challenge(metadata string) string {
	const invalid = `Bearer error="invalid_token"`
	if metadata == "" {
		return invalid
	}
	return invalid + `, resource_metadata="` + metadata + `"`
}

// challenged returns the answer with the header that says what its caller has to prove again.
func challenged(answer *transport.Answer) *transport.Answer {
	if header := guard.Challenge(answer.Errors); header != "" && answer.Header == nil {
		answer.Header = map[string]string{"WWW-Authenticate": header}
	}
	return answer
}

// unauthenticated returns the fault of a bad credential (RFC 6750, 3.1), or of
// one that can't be checked now.
func (h *Handler) unauthenticated(ctx context.Context, err error) *fault.Fault {
	f := h.internal(ctx, err)
	limit := (*auth.LimitError)(nil)
	switch {
	case errors.As(err, &limit):
		return f.With(http.StatusTooManyRequests, "Retry-After", strconv.Itoa(limit.Seconds()))
	case isBadCredential(err):
		return f.With(http.StatusUnauthorized, "WWW-Authenticate", h.challenge)
	case errors.Is(err, auth.ErrUnavailable):
		return f.With(http.StatusServiceUnavailable, "Retry-After", fault.RetryAfter)
	}
	return f
}
