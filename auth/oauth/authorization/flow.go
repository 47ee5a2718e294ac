package authorization

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
)

// A Page is what a person has to see before the application goes on.
type Page string

// The pages, in their order.
const (
	LoginPage   Page = "login"
	ConsentPage Page = "consent"
)

// A Step is what comes next: a page, or the answer.
type Step struct {
	Page     Page
	Request  *Request
	Response *Response // nil: see Page
}

// requestURN begins every request_uri of ours (RFC 9126, 2.2).
const requestURN = "urn:ietf:params:oauth:request_uri:"

// NewFlow returns a cookie for a browser that has none.
func NewFlow() string { return rand.Text() }

// digest returns what is stored of a flow cookie.
func digest(flow string) []byte {
	sum := sha256.Sum256([]byte(flow))
	return sum[:]
}

// Begin judges a request that a browser brings, stores it, and returns what comes next.
// It returns a [*PageError] and an [*auth.LimitError].
func (s *Service) Begin(ctx context.Context, form url.Values, b Browser) (*Step, error) {
	r, err := s.begin(ctx, form, b)
	if refused := new(oauth.Error); errors.As(err, &refused) {
		return s.refuse(form, refused)
	}
	if err != nil {
		return nil, err
	}
	in, err := s.signedIn(ctx, b)
	var step *Step
	if err == nil {
		step, err = s.next(ctx, r, in, b)
	}
	if refused := new(oauth.Error); errors.As(broken(err), &refused) {
		return s.refused(r, refused), nil
	}
	return step, err
}

// begin returns the stored request.
func (s *Service) begin(ctx context.Context, form url.Values, b Browser) (*Request, error) {
	if id, found := strings.CutPrefix(form.Get("request_uri"), requestURN); found {
		return s.bind(ctx, id, form, b)
	}
	client, uri, err := s.addressee(form)
	if err != nil {
		return nil, err
	}
	r, err := s.judge(ctx, client, uri, form, byBrowser)
	if err != nil {
		return nil, err
	}
	return r, s.keep(ctx, r, false, digest(b.Flow), requestLife)
}

// bind gives a pushed request to the browser that brings it.
func (s *Service) bind(ctx context.Context, id string, form url.Values, b Browser) (*Request, error) {
	client, known := s.Clients.Client(form.Get("client_id"))
	if !known || client.Disabled || len(form["client_id"]) != 1 {
		return nil, &PageError{Problem: UnknownClient, Locales: locales(form)}
	}
	expired := &PageError{Problem: ExpiredRequest, Client: client, Locales: locales(form)}
	if len(form["request_uri"]) != 1 || !isID(id) {
		return nil, expired
	}
	stored, err := s.Store.BindRequest(ctx, id, client.ID, digest(b.Flow), requestLife)
	switch {
	case errors.Is(err, auth.ErrNotFound):
		return nil, expired
	case err != nil:
		return nil, err
	case stored.Answered != nil:
		return nil, &PageError{Problem: AnsweredBefore, Client: client, Locales: stored.Request.Locales}
	}
	return stored.Request, nil
}

// isID reports whether a text is a UUID in the form in which we write them.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}

// refuse returns the answer to a request that was judged wrong: to the application.
func (s *Service) refuse(form url.Values, refused *oauth.Error) (*Step, error) {
	_, uri, err := s.addressee(form)
	if err != nil {
		return nil, err
	}
	fragment := refused.Code == oauth.UnsupportedResponseType && inFragment(form)
	return &Step{Response: &Response{RedirectURI: uri, State: state(form), Issuer: s.Issuer, Error: refused, Fragment: fragment}}, nil
}

// broken turns our own failure into the error that an application knows.
func broken(err error) error {
	page, known := (*PageError)(nil), (*oauth.Error)(nil)
	switch {
	case err == nil, errors.As(err, &page), errors.As(err, &known), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, auth.ErrUnavailable):
		return &oauth.Error{Code: oauth.TemporarilyUnavailable, Description: "The service can't answer now. Try again.", Err: err}
	}
	return &oauth.Error{Code: oauth.ServerError, Description: "The service failed. Try again.", Err: err}
}

func (s *Service) refused(r *Request, refused *oauth.Error) *Step {
	response := r.response(s.Issuer)
	response.Error = refused
	return &Step{Request: r, Response: response}
}

// next returns what comes next for the person in that session, nil for none. What a person
// has to do comes in the order of the code: first who it is, then what the application may.
func (s *Service) next(ctx context.Context, r *Request, in *SignedIn, b Browser) (*Step, error) {
	quiet := r.prompts(promptNone)
	switch {
	case quiet && b.Framed: // browsers send a frame no cookie of ours, or soon will not
		return s.refused(r, refusal(oauth.LoginRequired, "A frame has no session. Send the person to the sign-in page.")), nil
	case (in == nil || !r.accepts(in, s.Now())) && quiet:
		return s.refused(r, refusal(oauth.LoginRequired, "The person has to log in.")), nil
	case in == nil || !r.accepts(in, s.Now()):
		return &Step{Page: LoginPage, Request: r}, nil
	case r.Subject != "" && r.Subject != in.UserID:
		return s.refused(r, refusal(oauth.LoginRequired, "Another person logged in than id_token_hint says.")), nil
	}
	asked, err := s.ask(ctx, r, in)
	if err != nil {
		return nil, err
	}
	switch {
	case len(asked.names) == 0:
		return s.refused(r, refusal(oauth.AccessDenied, "The person can allow none of the scopes.")), nil
	case !asked.needed():
		return s.answer(ctx, asked, asked.names)
	case quiet:
		return s.refused(r, refusal(oauth.ConsentRequired, "The person has to allow it.")), nil
	}
	return &Step{Page: ConsentPage, Request: r}, nil
}

// pending returns the browser's request that is not answered yet. If it is, pending
// returns the answer again: a button may be pressed twice. It returns a [*PageError].
func (s *Service) pending(ctx context.Context, id string, b Browser) (*Request, *clients.Client, *Step, error) {
	if !isID(id) {
		return nil, nil, nil, &PageError{Problem: ExpiredRequest}
	}
	stored, err := s.Store.Request(ctx, id)
	if errors.Is(err, auth.ErrNotFound) {
		return nil, nil, nil, &PageError{Problem: ExpiredRequest}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	r := stored.Request
	client, known := s.Clients.Client(r.ClientID)
	switch {
	case b.Flow == "" || !bytes.Equal(stored.Flow, digest(b.Flow)):
		return nil, nil, nil, &PageError{Problem: OtherBrowser, Locales: r.Locales}
	case !known || client.Disabled || !client.RedirectsTo(r.RedirectURI):
		return nil, nil, nil, &PageError{Problem: UnknownClient, Locales: r.Locales}
	case stored.Answered != nil:
		step, err := s.again(r, client, stored.Answered)
		return r, client, step, err
	case stored.Expired:
		return nil, nil, nil, &PageError{Problem: ExpiredRequest, Client: client, Locales: r.Locales}
	}
	return r, client, nil, nil
}

// again repeats an answer. A code that the client has used is not sent again: using it
// twice would end what it opened.
func (s *Service) again(r *Request, client *clients.Client, a *Answered) (*Step, error) {
	if a.Old || a.Used {
		return nil, &PageError{Problem: AnsweredBefore, Client: client, Locales: r.Locales}
	}
	return s.answered(r, a)
}

// answered returns the step that brings an answer to the application.
func (s *Service) answered(r *Request, a *Answered) (*Step, error) {
	if a.Code == nil {
		return s.refused(r, refusal(oauth.AccessDenied, "The person refused.")), nil
	}
	response := r.response(s.Issuer)
	var err error
	response.Code, err = s.Secrets.IssueCode(a.Code.ID, a.Code.Seed)
	return &Step{Request: r, Response: response}, err
}

// Receive stores a request that came as a form of another site, which browsers send
// without our cookies, and returns the query by which the browser begins it. The step is
// not nil if the request is refused.
func (s *Service) Receive(ctx context.Context, form url.Values) (query url.Values, step *Step, err error) {
	client, uri, err := s.addressee(form)
	if err != nil {
		return nil, nil, err
	}
	query, _, err = s.store(ctx, client, uri, form, byBrowser)
	if refused := new(oauth.Error); errors.As(err, &refused) {
		step, err = s.refuse(form, refused)
		return nil, step, err
	}
	return query, nil, err
}

// Push stores a request that the client itself sent (RFC 9126), which it has authenticated
// for. It returns the request_uri and how long it works, or an [*oauth.Error] or an
// [*auth.LimitError].
func (s *Service) Push(ctx context.Context, client *clients.Client, form url.Values) (requestURI string, life time.Duration, err error) {
	uri := form.Get("redirect_uri")
	switch {
	case len(form["client_id"]) > 1 || form.Get("client_id") != "" && form.Get("client_id") != client.ID:
		return "", 0, invalid("The parameter client_id is not that of the client that sends the request.")
	case form.Get("request_uri") != "":
		return "", 0, invalid("The parameter request_uri can't be pushed.")
	case len(form["redirect_uri"]) != 1 || !client.RedirectsTo(uri):
		return "", 0, invalid("The parameter redirect_uri is missing or not registered. Register it first.")
	}
	query, life, err := s.store(ctx, client, uri, form, pushed)
	if err != nil {
		return "", 0, err
	}
	return query.Get("request_uri"), life, nil
}

// store stores a request for the browser that brings it.
func (s *Service) store(
	ctx context.Context, client *clients.Client, uri string, form url.Values, from source,
) (url.Values, time.Duration, error) {
	r, err := s.judge(ctx, client, uri, form, from)
	if err != nil {
		return nil, 0, err
	}
	if err := s.keep(ctx, r, authenticated(client, from), nil, pushedLife); err != nil {
		return nil, 0, err
	}
	return url.Values{"client_id": {client.ID}, "request_uri": {requestURN + r.ID}}, pushedLife, nil
}
