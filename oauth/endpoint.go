package oauth

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	protocol "gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/oauth/tokens"
	"gatehouse/edge"
)

// A Request is a form that a client sends.
type Request struct {
	Form   Form
	Client *clients.Client // authenticated; nil if the endpoint takes requests without one
}

// An Event is what is logged of a request besides its client and its outcome. It has ids
// only: no code, token, secret or assertion.
type Event struct {
	Grant   clients.GrantType
	Subject string // the account
	Session string
}

// A form is an endpoint that answers forms.
type form struct {
	handler *Handler
	name    string // for the log
	// anonymous says whether a form without a client is answered.
	anonymous func(Form) bool
	answer    func(ctx context.Context, r *Request) (*Answer, error)
}

// Post returns an endpoint that answers forms of clients. Its name is for the log. answer is
// called once the client has been authenticated, so that a client that fails changes
// nothing.
func (h *Handler) Post(name string, answer func(ctx context.Context, r *Request) (*Answer, error)) http.Handler {
	return h.post(&form{handler: h, name: name, anonymous: func(Form) bool { return false }, answer: answer})
}

// post puts around a form what all of them have. Pages of any site may send forms: a
// credential is never in a cookie (RFC 9700, 2.6).
func (h *Handler) post(f *form) http.Handler {
	return h.parts.Limit(h.anyOrigin(f), http.HandlerFunc(Busy))
}

// ServeHTTP answers one form.
func (f *form) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := f.handler.parts.Now()
	ctx := client.With(r.Context(), clientOf(r))
	request := &Request{}
	answer, err := f.serve(ctx, w, r, request)
	if answer == nil {
		answer = &Answer{}
	}
	line := record{name: f.name, event: answer.Log, err: err}
	if request.Client != nil {
		line.clientID = request.Client.ID
	}
	if err == nil {
		answer.write(w)
		line.status = max(answer.Status, http.StatusOK)
	} else {
		line.status = f.handler.refuse(ctx, w, err, r.Header.Get("Authorization") != "")
	}
	line.took = f.handler.parts.Now().Sub(start)
	f.handler.log(ctx, w, &line)
}

// serve takes a form through its steps: the form itself, then the client, then what it asks
// for.
func (f *form) serve(ctx context.Context, w http.ResponseWriter, r *http.Request, request *Request) (*Answer, error) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", "POST, OPTIONS")
		return nil, &statusError{http.StatusMethodNotAllowed, invalid("Send a POST request.")}
	}
	form, err := readForm(w, r)
	if err != nil {
		return nil, err
	}
	request.Form = form
	presented, err := present(r.Header.Values("Authorization"), form)
	if err != nil {
		return nil, err
	}
	if !presented.Empty() || !f.anonymous(form) {
		if request.Client, err = f.handler.parts.Clients.Authenticate(ctx, presented); err != nil {
			return nil, err
		}
	}
	return f.answer(ctx, request)
}

var (
	errBadBasic = &protocol.Error{
		Code: protocol.InvalidClient, Description: "Send one header Authorization: Basic, with the client's id and its secret.",
	}
	errPublicClient = &protocol.Error{Code: protocol.InvalidClient, Description: "Only a client with a secret or a key may ask what a token stands for."}
)

// present returns what a request presents to authenticate its client. The two parts of Basic
// are encoded as in a form (RFC 6749, 2.3.1). Many clients leave that out; our ids and
// secrets are the same either way.
func present(authorization []string, form Form) (tokens.Presented, error) {
	p := tokens.Presented{
		ID: form.Get("client_id"), Secret: form.Get("client_secret"),
		Assertion: form.Get("client_assertion"), AssertionType: form.Get("client_assertion_type"),
	}
	switch {
	case len(authorization) == 0:
		return p, nil
	case len(authorization) > 1:
		return p, errBadBasic
	}
	r := http.Request{Header: http.Header{"Authorization": authorization}}
	id, secret, ok := r.BasicAuth()
	if !ok {
		return p, errBadBasic
	}
	id, idErr := url.QueryUnescape(id)
	secret, secretErr := url.QueryUnescape(secret)
	if idErr != nil || secretErr != nil || !isText(id) || !isText(secret) {
		return p, errBadBasic
	}
	p.Basic = &tokens.Pair{ID: id, Secret: secret}
	return p, nil
}

// refuse answers an error, and returns the status.
func (h *Handler) refuse(ctx context.Context, w http.ResponseWriter, err error, basic bool) int {
	if errors.Is(err, context.Canceled) && errors.Is(ctx.Err(), context.Canceled) {
		panic(http.ErrAbortHandler) // the client has gone
	}
	answer := refused(err, basic)
	if answer == nil {
		h.parts.Log.ErrorContext(ctx, "internal error", slog.String("request_id", w.Header().Get(edge.RequestID)), slog.String("error", err.Error()))
		answer = ofCode(&protocol.Error{Code: protocol.ServerError, Description: "Internal error. Quote the header X-Request-Id when you report it."}, false)
	}
	answer.write(w)
	return answer.status
}

// A record is what is logged of a request.
type record struct {
	name     string
	event    Event
	clientID string
	status   int
	err      error
	took     time.Duration
}

// log logs a request. It is an allow-list: of the form it has nothing.
func (h *Handler) log(ctx context.Context, w http.ResponseWriter, r *record) {
	level := slog.LevelInfo
	all := []slog.Attr{
		slog.String("request_id", w.Header().Get(edge.RequestID)), slog.String("endpoint", r.name),
		slog.Int("status", r.status), slog.Duration("took", r.took),
	}
	add := func(name, value string) {
		if value != "" {
			all = append(all, slog.String(name, value))
		}
	}
	add("client_id", r.clientID)
	add("grant", string(r.event.Grant))
	add("subject", r.event.Subject)
	add("session", r.event.Session)
	if known := (*protocol.Error)(nil); errors.As(r.err, &known) {
		add("error", string(known.Code))
		add("reason", known.Description)
		if errors.Is(r.err, tokens.ErrReused) {
			level = slog.LevelWarn
		}
	}
	if away := (*auth.UnavailableError)(nil); errors.As(r.err, &away) {
		add("cause", away.Cause)
		level = slog.LevelWarn
	}
	add("network", client.Of(ctx).Network())
	h.parts.Log.LogAttrs(ctx, level, "oauth", all...)
	if h.parts.Answered != nil {
		h.parts.Answered(r.name, string(r.event.Grant), r.status)
	}
}

// clientOf returns who sends a request.
func clientOf(r *http.Request) client.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr // of a unix socket
	}
	return client.Client{IP: host, UserAgent: r.UserAgent()}
}
