// Package graph speaks: it takes GraphQL requests over HTTP, has auth decide on them, and puts answers and errors into words.
package graph

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"gatehouse/auth"
	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
	"gatehouse/graph/persisted"
	"gatehouse/graph/transport"
)

// Parts are what a Handler is made of.
type Parts struct {
	Resolver      *Resolver
	Executable    Executable // of another schema than ours; nil is ours, with Resolver
	Authenticator *auth.Authenticator
	Policy        *policy.Policy // compiled from the schema
	Introspection document.Introspection
	Limits        document.Limits // none set is DefaultLimits
	Limiter       Limiter         // nil: what @rateLimit says is not counted
	Mode          Mode            // "" is ModePartial
	Details       Details         // "" is DetailsAuthenticated
	Observer      Observer
	Cookies       transport.Cookies
	Documents     persisted.Settings
	Origins       []string // of other sites that may send requests; "*" is all
	Log           *slog.Logger
	Now           func() time.Time
}

// A Handler is the API: it answers requests of GraphQL over HTTP, with POST, and with GET for queries.
type Handler struct {
	views         *views
	limits        document.Limits
	limiter       Limiter
	mode          Mode
	details       Details
	observer      Observer
	authenticator *auth.Authenticator
	cookies       transport.Cookies
	persisted     *persisted.Documents // nil where every document is sent
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
	if p.Limits == (document.Limits{}) {
		p.Limits = document.DefaultLimits()
	}
	views, err := newViews(p.Executable, p.Policy, p.Limits, p.Introspection)
	if err != nil {
		return nil, err
	}
	resolver.access = &access{views: views}
	crossOrigin, err := transport.CrossSite(p.Origins)
	if err != nil {
		return nil, err
	}
	documents, err := persisted.New(p.Documents, p.Limits)
	if err != nil {
		return nil, err
	}
	return &Handler{
		views: views, persisted: documents, limits: p.Limits, limiter: p.Limiter, mode: p.Mode, details: p.Details, observer: p.Observer, authenticator: p.Authenticator,
		cookies: p.Cookies, crossOrigin: crossOrigin, log: p.Log, now: p.Now,
	}, nil
}

// writeTime is how long a client may take to read an answer, beyond what the system keeps for it.
const writeTime = 10 * time.Second

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.now()
	a := &transport.Answer{Media: transport.Accepted(r.Header)}
	e := &entry{}
	if f := h.refuse(r, a.Media); f != nil {
		a.Fail(f)
	} else {
		h.serve(w, r, a, e)
	}
	// Whoever does not read keeps a place of the service. Where no connection is below, as in tests, there is no deadline either.
	_ = http.NewResponseController(w).SetWriteDeadline(h.now().Add(writeTime))
	a.Write(w)
	h.answered(r, a, e, h.now().Sub(start))
}

// refuse finds what keeps a request from being looked into at all.
func (h *Handler) refuse(r *http.Request, media string) *fault.Fault {
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return fault.NotAllowed("GET, POST", "Send operations with POST, or queries with GET.")
	case h.foreign(r):
		return fault.BadRequest(http.StatusForbidden, "This request comes from another site, which is not one of those that may send any.")
	case media == "":
		return fault.BadRequest(http.StatusNotAcceptable, "The answer can be "+transport.MediaGraphQL+" or "+transport.MediaJSON+"; the header Accept takes neither.")
	case r.Method == http.MethodGet:
		return transport.Unforced(r.Header)
	case !transport.Posted(r.Header):
		return fault.BadRequest(http.StatusUnsupportedMediaType, "Send the operation as "+transport.MediaJSON+" in UTF-8.")
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
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, a *transport.Answer, entry *entry) {
	id := requestID(r.Context())
	req, f := h.read(w, r)
	if f != nil {
		a.Fail(f)
		return
	}
	hash, f := h.find(req, entry)
	if f != nil {
		a.Fail(f)
		return
	}
	op, f := h.views.whole.operation(req)
	if f != nil {
		a.Fail(f)
		h.charge(r, req.Query, f)
		return
	}
	if r.Method == http.MethodGet && op.Operation == ast.Mutation {
		a.Fail(transport.OnlyPost())
		return
	}
	caller, err := h.authenticate(r)
	if err != nil && (!op.PublicOnly || !badCredential(err)) {
		a.Fail(h.unauthenticated(err, id))
		return
	}
	v, err := h.views.of(caller)
	if err != nil {
		a.Fail(h.internal(err, id))
		return
	}
	if v != h.views.whole {
		op, _ = v.operation(req)
	}
	entry.operation, entry.caller = op, caller
	e := &execution{handler: h, view: v, operation: op, caller: caller, requestID: id}
	if f := e.prepare(req); f != nil {
		a.Fail(f)
		h.charge(r, req.Query, f)
		return
	}
	if r.Method == http.MethodGet && op.Sensitive > 0 {
		a.Fail(transport.OnlyPost())
		return
	}
	if hash != "" && document.Keepable(op.Document) {
		h.persisted.Queries.Keep(hash, req.Query)
	}
	exchange := h.exchange(r)
	e.sender = exchange.Sender
	ctx, end := h.began(r.Context(), Step{Kind: string(op.Operation), Operation: true, Name: document.ShortName(op.Name)})
	result := e.run(auth.WithExchange(ctx, exchange), req.OperationName)
	a.Data, a.Errors, a.Extensions = result.data, result.errors, result.extensions
	a.Done(h.limits.Errors)
	end(a.Code())
	if exchange.SetCookie != nil {
		h.cookies.Set(w, *exchange.SetCookie)
	}
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
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*transport.Request, *fault.Fault) {
	if r.Method == http.MethodGet {
		return transport.ReadURL(r.URL)
	}
	return transport.ReadBody(w, r, h.limits.Body)
}

// prepare makes sure that the operation is one of the schema, and its variables are of their types.
func (e *execution) prepare(req *transport.Request) *fault.Fault {
	errs := e.view.documents.Validate(e.operation.Document)
	if len(errs) == 0 {
		if large := e.operation.Beyond(e.handler.limits); large != nil {
			return fault.Invalid(large)
		}
		variables, err := e.view.documents.Coerce(e.operation, req.Variables)
		if err == nil {
			e.variables = variables
			return nil
		}
		errs = gqlerror.List{err}
	}
	return invalid(errs)
}

// exchange reads what a request says of its sender.
func (h *Handler) exchange(r *http.Request) *auth.Exchange {
	x := &auth.Exchange{Sender: sender(r)}
	x.Cookie, x.UseCookie = h.cookies.Read(r)
	return x
}

// sender is the client of a request.
func sender(r *http.Request) auth.Sender {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return auth.Sender{IP: host, UserAgent: r.UserAgent()}
}

// find puts the document into the request that an id in it stands for, or returns why none is run. The hash is that under which an automatic
// persisted query is to be kept.
func (h *Handler) find(req *transport.Request, e *entry) (hash string, f *fault.Fault) {
	e.source = persisted.SourceText
	if h.persisted == nil && req.Query != "" {
		return "", nil
	}
	id, f := req.Identifier()
	switch {
	case f != nil:
		return "", f
	case req.Query != "":
		return h.sent(req, id, e)
	case h.persisted == nil:
		e.source = persisted.SourceUnknown
		return "", fault.Invalid(noPersistedQueries())
	default:
		if req.Query, e.source = h.persisted.Text(id); req.Query != "" {
			return "", nil
		}
		return "", fault.Invalid(noPersistedQuery())
	}
}

// sent lets a document run that came as a text, or answers why it may not. A hash beside the text counts only where it would be kept under that.
func (h *Handler) sent(req *transport.Request, hash string, e *entry) (string, *fault.Fault) {
	p := h.persisted
	if p.Queries == nil {
		hash = ""
	}
	if hash != "" && hash != persisted.HashOf(req.Query) {
		return "", fault.BadRequest(http.StatusBadRequest, "The hash is not the SHA-256 of the query, in lower-case hexadecimal.")
	}
	listed := p.Manifest == nil || p.Lists(req.Query)
	if listed && p.Mode != persisted.ModeOnly {
		return hash, nil
	}
	op := h.parsed(req)
	if op != nil && op.Introspective() && !h.views.whole.documents.Silent() {
		return hash, nil
	}
	if !listed {
		e.source = persisted.SourceUnlisted
		p.Note(h.log, req.Query, op)
	}
	if p.Mode == persisted.ModeAllowList || p.Mode == persisted.ModeOnly {
		return "", fault.Invalid(untrusted(p.Mode))
	}
	return hash, nil
}

// parsed is the operation that a text is sent for, nil for none.
func (h *Handler) parsed(req *transport.Request) *document.Operation {
	doc, f := h.views.whole.documents.Parse(req.Query)
	if f != nil {
		return nil
	}
	return doc.Operation(req.OperationName)
}
