// Package graph is the GraphQL API: it takes requests, has package policy decide
// on them, calls package auth and presents the results.
package graph

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/authn"
	"gatehouse/auth/client"
	"gatehouse/auth/policy"
	"gatehouse/edge/origin"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/guard"
	"gatehouse/graph/outage"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
)

// Parts are what a Handler is made of.
type Parts struct {
	Resolver      *Resolver
	Executable    Executable // of another schema; nil is ours, with Resolver
	Executor      Executor   // "" is ExecutorDirect
	Authenticator *authn.Authenticator
	Policy        *policy.Policy // compiled from the schema
	Introspection document.Introspection
	Limits        document.Limits // zero is document.DefaultLimits
	Limiter       Limiter         // nil: @rateLimit is not enforced
	Mode          Mode            // "" is ModePartial
	Details       Details         // "" is DetailsAuthenticated
	Observer      Observer
	Cookies       transport.Cookies
	Keys          transport.KeySources
	Metadata      string // URL of the API's metadata (RFC 9728), which each 401 tells; "" for none
	Documents     persisted.Settings
	Clients       ClientFinder // nil: there are none
	Origins       origin.List  // whose pages may send requests
	Log           *slog.Logger
	Now           func() time.Time
	// TokenTime is the time by which access tokens are issued, with which the policy compares
	// when people proved who they are; nil: Now.
	TokenTime func() time.Time
}

// A Handler is the API: it answers GraphQL requests over HTTP, with POST, and
// with GET for queries.
type Handler struct {
	views         *views
	policy        *policy.Policy
	limits        document.Limits
	limiter       Limiter
	loginCounts   bool // the resolver of login counts its uses
	mode          Mode
	details       Details
	observer      Observer
	authenticator *authn.Authenticator
	challenge     string // the header WWW-Authenticate of a bad credential
	cookies       transport.Cookies
	persisted     *persisted.Documents // nil: every document is sent
	clients       ClientFinder
	decoder       *transport.Decoder
	log           *slog.Logger
	outages       *outage.Log
	now           func() time.Time
	tokenTime     func() time.Time
}

// NewHandler returns the API. It returns an error if the schema has a @cost or
// @listSize that makes no sense.
func NewHandler(p Parts) (*Handler, error) {
	resolver := &Resolver{}
	if p.Resolver != nil {
		*resolver = *p.Resolver
	}
	loginCounts := p.Executable == nil && resolver.countsAttempts()
	if p.Executable == nil {
		p.Executable = func(s *ast.Schema) graphql.ExecutableSchema {
			return NewExecutableSchema(Config{Schema: s, Resolvers: resolver})
		}
	}
	if p.TokenTime == nil {
		p.TokenTime = p.Now
	}
	if p.Limits == (document.Limits{}) {
		p.Limits = document.DefaultLimits()
	}
	views, err := newViews(p)
	if err != nil {
		return nil, err
	}
	resolver.access = &access{views: views, now: p.TokenTime}
	documents, err := persisted.New(p.Documents, p.Limits, p.Log)
	if err != nil {
		return nil, err
	}
	return &Handler{
		views: views, policy: p.Policy, limits: p.Limits, limiter: p.Limiter, loginCounts: loginCounts, mode: p.Mode, details: p.Details, observer: p.Observer,
		authenticator: p.Authenticator, challenge: challenge(p.Metadata), clients: p.Clients, cookies: p.Cookies, persisted: documents, decoder: &transport.Decoder{Origins: p.Origins, BodyLimit: p.Limits.Body, Keys: p.Keys}, log: p.Log, now: p.Now,
		outages: outage.New(p.Log, p.Now), tokenTime: p.TokenTime,
	}, nil
}

// writeTimeout bounds how long a client may take to read an answer that doesn't
// fit into the system's buffers.
const writeTimeout = 10 * time.Second

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start, media := h.now(), transport.Accepted(r.Header)
	e := &entry{}
	answer, f := h.serve(w, r, media, e)
	if f != nil {
		h.charge(r, e.text, f)
		answer = transport.Failed(media, f)
	}
	if slices.ContainsFunc(answer.Errors, isClientGone) {
		answer.Abandon()
	}
	// A client that does not read must not occupy the service. This fails only
	// without a connection, as in tests.
	_ = http.NewResponseController(w).SetWriteDeadline(h.now().Add(writeTimeout))
	answer.Write(w)
	h.answered(r.Context(), e, answer, h.now().Sub(start))
}

// serve takes a request through its steps. Their order decides what a client
// can learn, and what a request can cost, before it is refused.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, media string, e *entry) (*transport.Answer, *fault.Fault) {
	req, f := h.decoder.Decode(w, r, media)
	if f != nil {
		return nil, f
	}
	hash, f := h.find(req, e)
	if f != nil {
		return nil, f
	}
	from := clientOf(r)
	ctx := client.With(r.Context(), from)
	caller, credential := h.authenticate(ctx, req.Credentials)
	v, err := h.views.of(caller)
	if err != nil {
		return nil, h.internal(r.Context(), err)
	}
	op, f := h.parse(r.Context(), v, req, e)
	if f == nil {
		f = h.runs(ctx, caller, op.Document)
	}
	if f != nil {
		return nil, f
	}
	if f := h.admit(r, req.Credentials, op, credential); f != nil {
		return nil, f
	}
	e.operation, e.caller = op, caller
	variables, f := v.documents.Prepare(op, req.Variables)
	if f != nil {
		return nil, f
	}
	if r.Method == http.MethodGet && op.Sensitive > 0 {
		return nil, transport.OnlyPost()
	}
	h.persisted.Keep(hash, op.Document)

	exchange := newExchange(h.cookies, r)
	x := &execution{handler: h, view: v, operation: op, variables: variables, client: from}
	ctx, end := h.observer.began(ctx, Step{Kind: string(op.Operation), Operation: true, Name: op.ShortName()})
	result := x.run(auth.WithCaller(withExchange(ctx, exchange), caller), req.OperationName)
	if x.loggedIn != nil {
		e.caller = x.loggedIn
	}
	answer := challenged(transport.Executed(media, result))
	answer.Errors = guard.Truncate(answer.Errors, h.limits.Errors)
	end(answer.Code())
	if exchange.setCookie != nil {
		h.cookies.Set(w, *exchange.setCookie)
	}
	return answer, nil
}
