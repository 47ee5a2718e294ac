// Package graph speaks: it takes GraphQL requests over HTTP, has auth decide on them, and puts answers and errors into words.
package graph

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
)

// Parts are what a Handler is made of.
type Parts struct {
	Resolver      *Resolver
	Executable    Executable // of another schema than ours; nil is ours, with Resolver
	Authenticator *auth.Authenticator
	Policy        *policy.Policy // compiled from the schema
	Introspection Introspection
	Limits        Limits  // none set is DefaultLimits
	Limiter       Limiter // nil: what @rateLimit says is not counted
	Mode          Mode    // "" is ModePartial
	Details       Details // "" is DetailsAuthenticated
	Observer      Observer
	Cookies       Cookies
	Documents     Documents
	Origins       []string // of other sites that may send requests; "*" is all
	Log           *slog.Logger
	Now           func() time.Time
}

// A Handler is the API: it answers requests of GraphQL over HTTP, with POST, and with GET for queries.
type Handler struct {
	views         *views
	limits        Limits
	limiter       Limiter
	mode          Mode
	details       Details
	observer      Observer
	authenticator *auth.Authenticator
	cookies       Cookies
	persisted     *persisted // nil where every document is sent
	crossOrigin   *http.CrossOriginProtection
	log           *slog.Logger
	now           func() time.Time
}

// Schema returns the schema of the service.
func Schema() *ast.Schema { return NewExecutableSchema(Config{}).Schema() }

// NewHandler returns the API. An error names an origin that is none.
func NewHandler(p Parts) (*Handler, error) {
	resolver := &Resolver{}
	if p.Resolver != nil {
		*resolver = *p.Resolver
	}
	if p.Executable == nil {
		p.Executable = func(s *ast.Schema) graphql.ExecutableSchema {
			return NewExecutableSchema(Config{Schema: s, Resolvers: resolver})
		}
	}
	if p.Limits == (Limits{}) {
		p.Limits = DefaultLimits()
	}
	views, err := newViews(p.Executable, p.Policy, p.Limits, p.Introspection)
	if err != nil {
		return nil, err
	}
	resolver.access = &access{views: views}
	crossOrigin, err := protection(p.Origins)
	if err != nil {
		return nil, err
	}
	persisted, err := newPersisted(p.Documents, p.Limits)
	if err != nil {
		return nil, err
	}
	return &Handler{
		views: views, persisted: persisted, limits: p.Limits, limiter: p.Limiter, mode: p.Mode, details: p.Details, observer: p.Observer, authenticator: p.Authenticator,
		cookies: p.Cookies, crossOrigin: crossOrigin, log: p.Log, now: p.Now,
	}, nil
}

// protection refuses what a page of another site sends, unless its origin is one of those given. "*" is every origin, and needs none.
func protection(origins []string) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	if slices.Contains(origins, "*") {
		p.AddInsecureBypassPattern("/")
		return p, nil
	}
	for _, origin := range origins {
		if err := p.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// writeTime is how long a client may take to read an answer, beyond what the system keeps for it.
const writeTime = 10 * time.Second

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.now()
	a := &answer{media: accepted(r.Header)}
	if fault := h.refuse(r, a.media); fault != nil {
		a.fail(fault)
	} else {
		h.serve(w, r, a)
	}
	// Whoever does not read keeps a place of the service. Where no connection is below, as in tests, there is no deadline either.
	_ = http.NewResponseController(w).SetWriteDeadline(h.now().Add(writeTime))
	a.write(w)
	h.answered(r, a, h.now().Sub(start))
}

// refuse finds what keeps a request from being looked into at all.
func (h *Handler) refuse(r *http.Request, media string) *httpError {
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		fault := badRequest(http.StatusMethodNotAllowed, "Send operations with POST, or queries with GET.")
		fault.header = map[string]string{"Allow": "GET, POST"}
		return fault
	case h.foreign(r):
		return badRequest(http.StatusForbidden, "This request comes from another site, which is not one of those that may send any.")
	case media == "":
		return badRequest(http.StatusNotAcceptable, "The answer can be "+mediaGraphQL+" or "+mediaJSON+"; the header Accept takes neither.")
	case r.Method == http.MethodGet:
		return unforced(r.Header)
	case !posted(r.Header):
		return badRequest(http.StatusUnsupportedMediaType, "Send the operation as "+mediaJSON+" in UTF-8.")
	}
	return nil
}

// foreign reports whether a request comes from a page of another site that may send none, with GET as with POST.
func (h *Handler) foreign(r *http.Request) bool {
	if r.Method == http.MethodGet {
		r = r.WithContext(r.Context()) // a copy
		r.Method = http.MethodPost
	}
	return h.crossOrigin.Check(r) != nil
}

// serve takes a request through its steps, in the order that lets nobody learn or cost more than they may: what it is, who sends it,
// whether it is valid, what is allowed of it, and only then what it does.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, a *answer) {
	id := requestID(r.Context())
	req, fault := h.read(w, r)
	if fault != nil {
		a.fail(fault)
		return
	}
	if !h.find(req, a) {
		return
	}
	op, g := h.views.whole.operation(req, h, id)
	if g != nil {
		a.invalid(g)
		h.charge(r, req.Query, g)
		return
	}
	if r.Method == http.MethodGet && op.Operation == ast.Mutation {
		a.fail(onlyPost())
		return
	}
	caller, err := h.authenticate(r)
	if err != nil && (!op.publicOnly || !badCredential(err)) {
		a.fail(h.unauthenticated(err, id))
		return
	}
	v, err := h.views.of(caller)
	if err != nil {
		a.fail(&httpError{status: http.StatusInternalServerError, error: h.present(err, false, id)})
		return
	}
	if v != h.views.whole {
		op, _ = v.operation(req, h, id)
	}
	a.operation, a.caller = op, caller
	e := &execution{handler: h, view: v, operation: op, caller: caller, requestID: id}
	if errs := e.prepare(req); len(errs) > 0 {
		a.invalid(errs...)
		h.charge(r, req.Query, errs[0])
		return
	}
	if r.Method == http.MethodGet && op.sensitive > 0 {
		a.fail(onlyPost())
		return
	}
	if req.hash != "" && keepable(op.document) {
		h.persisted.queries.keep(req.hash, req.Query)
	}
	exchange := h.cookies.exchange(r)
	e.sender = exchange.Sender
	ctx, end := h.began(r.Context(), Step{Kind: string(op.Operation), Operation: true, Name: short(op.Name)})
	a.done(e.run(auth.WithExchange(ctx, exchange), req.OperationName), h.limits.Errors)
	end(a.code())
	h.cookies.set(w, exchange)
}

// authenticate finds out who sends a request.
func (h *Handler) authenticate(r *http.Request) (*auth.Principal, error) {
	ctx, end := h.began(r.Context(), Step{Kind: "credential"})
	caller, err := h.authenticator.Authenticate(ctx, r.Header.Values("Authorization"))
	if err != nil {
		end(codeOf(err))
	} else {
		end("")
	}
	return caller, err
}

// read decodes what the client asks for.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*request, *httpError) {
	if r.Method == http.MethodGet {
		return readURL(r.URL)
	}
	return readBody(w, r, h.limits.Body)
}

// prepare makes sure that the operation is one of the schema, and its variables are of their types.
func (e *execution) prepare(req *request) gqlerror.List {
	errs := e.view.documents.validate(e.operation.document)
	if len(errs) == 0 {
		if large := e.operation.beyond(e.handler.limits); large != nil {
			return gqlerror.List{large.present()}
		}
		variables, err := e.view.documents.coerce(e.operation, req.Variables)
		if err == nil {
			e.variables = variables
			return nil
		}
		errs = gqlerror.List{err}
	}
	return invalid(errs)
}
