package pages

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/client"
	"gatehouse/auth/oauth/authorization"
	"gatehouse/edge"
)

// formLimit is the largest size of a form, in bytes.
const formLimit = 32 << 10

// A visit is one request of a browser, and what its answer needs.
type visit struct {
	handler *Handler
	w       http.ResponseWriter
	r       *http.Request
	ctx     context.Context
	form    url.Values
	browser authorization.Browser
	words   *words

	status  int    // of the answer
	client  string // client_id
	outcome string // what it came to, for the log
}

// page returns the endpoint whose requests answer answers. A fault that a person can do
// something about becomes a page that says what.
func (h *Handler) page(pattern string, answer func(*visit) error) http.Handler {
	method, path, _ := strings.Cut(pattern, " ")
	endpoint := strings.TrimPrefix(path, "/oauth/")
	handler := func(refuse int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := h.Now()
			from := clientOf(r)
			v := &visit{handler: h, w: w, r: r, ctx: client.With(r.Context(), from), words: chosen(nil, r.Header.Get("Accept-Language"))}
			v.browser = authorization.Browser{
				Flow: h.flowCookie(r), SignIn: cookie(r, h.name(signInCookie)), Framed: framed(r), Client: from,
			}
			setHeaders(w.Header(), path == "/oauth/login" || path == "/oauth/challenge")
			err := v.read(method)
			if err == nil && refuse != 0 {
				err = auth.ErrUnavailable
			}
			if err == nil {
				err = answer(v)
			}
			if err != nil {
				v.fail(err)
			}
			v.log(endpoint, h.Now().Sub(start))
		})
	}
	if h.Limit == nil {
		return handler(0)
	}
	return h.Limit(handler(0), handler(http.StatusServiceUnavailable))
}

// setHeaders replaces the headers that suit an API. A page may be loaded by a form, which
// sends its origin only if the policy on referrers lets it; and browsers apply form-action to
// all redirects that follow a form, so that only the pages for logging in can have it.
func setHeaders(header http.Header, ownForms bool) {
	policy := "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	if ownForms {
		policy += "; form-action 'self'"
	}
	header.Set("Content-Security-Policy", policy)
	header.Set("Referrer-Policy", "same-origin")
	header.Set("Permissions-Policy", "publickey-credentials-create=(self), publickey-credentials-get=(self)")
	header.Set("Cache-Control", "no-store")
}

// allowScript lets a page load the script that asks for a passkey.
func allowScript(header http.Header) {
	const script = "; script-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
	header.Set("Content-Security-Policy", header.Get("Content-Security-Policy")+script)
}

// errBadRequest and errTooLarge are faults that no page of ours and no library causes.
var (
	errBadRequest = errors.New("the form or the query is malformed")
	errTooLarge   = errors.New("the form is too large")
)

// read reads the parameters: of a GET those in the query, of a POST those in the body.
func (v *visit) read(method string) (err error) {
	if method == http.MethodGet {
		v.form, err = url.ParseQuery(v.r.URL.RawQuery)
		if err != nil {
			return errBadRequest
		}
		return nil
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, formLimit)
	err = v.r.ParseForm()
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return errTooLarge
	}
	if err != nil {
		return errBadRequest
	}
	v.form = v.r.PostForm
	return nil
}

// own returns an error unless the form is one of our own pages'.
func (v *visit) own() error {
	if err := v.handler.protection.Check(v.r); err != nil {
		return &authorization.PageError{Problem: authorization.BadForm}
	}
	return nil
}

// speak chooses the language.
func (v *visit) speak(locales []string) { v.words = chosen(locales, v.r.Header.Get("Accept-Language")) }

// follow goes on with the step that comes next.
func (v *visit) follow(step *authorization.Step) error {
	if step.Request != nil {
		v.client = step.Request.ClientID
	}
	if step.Response == nil {
		v.redirect(v.handler.location("/oauth/"+string(step.Page), url.Values{"request": {step.Request.ID}}))
		return nil
	}
	v.note(step.Response)
	v.redirect(step.Response.URL())
	return nil
}

// note notes an answer for the log, and logs why we failed, if we did.
func (v *visit) note(r *authorization.Response) {
	v.outcome = "code"
	if r.Error == nil {
		return
	}
	v.outcome = string(r.Error.Code)
	if r.Error.Err != nil {
		v.logFailure(r.Error.Err)
	}
}

func (v *visit) logFailure(err error) {
	v.handler.Log.ErrorContext(v.ctx, "internal error", slog.String("request_id", v.w.Header().Get(edge.RequestID)), slog.String("error", err.Error()))
}

func (v *visit) redirect(to string) {
	v.status = http.StatusSeeOther
	v.w.Header().Set("Location", to)
	v.w.WriteHeader(v.status)
}

// fail answers an error.
func (v *visit) fail(err error) {
	known := (*authorization.PageError)(nil)
	limit := (*auth.LimitError)(nil)
	switch {
	case errors.Is(err, context.Canceled) && errors.Is(v.ctx.Err(), context.Canceled):
		panic(http.ErrAbortHandler) // the browser has gone
	case errors.As(err, &known):
		v.problem(known)
	case errors.As(err, &limit):
		v.wait(http.StatusTooManyRequests, limit.Seconds())
	case errors.Is(err, auth.ErrUnavailable):
		v.outcome = err.Error()
		v.wait(http.StatusServiceUnavailable, 1)
	case errors.Is(err, errTooLarge):
		v.message(http.StatusRequestEntityTooLarge, v.words.BadRequest, v.words.BadRequestText)
	case errors.Is(err, errBadRequest):
		v.message(http.StatusBadRequest, v.words.BadRequest, v.words.BadRequestText)
	default:
		v.logFailure(err)
		v.message(http.StatusInternalServerError, v.words.Failed, v.words.FailedText)
	}
}

// log logs the request. Of the query and the form it has nothing but the client.
func (v *visit) log(endpoint string, took time.Duration) {
	all := []slog.Attr{
		slog.String("request_id", v.w.Header().Get(edge.RequestID)), slog.String("endpoint", endpoint),
		slog.String("method", v.r.Method), slog.Int("status", v.status), slog.Duration("took", took),
	}
	if v.client != "" {
		all = append(all, slog.String("client_id", v.client))
	}
	if v.outcome != "" {
		all = append(all, slog.String("outcome", v.outcome))
	}
	all = append(all, slog.String("network", v.browser.Client.Network()))
	v.handler.Log.LogAttrs(v.ctx, slog.LevelInfo, "oauth", all...)
	if v.handler.Answered != nil {
		v.handler.Answered(endpoint, v.status)
	}
}

// framed reports whether the answer is shown within another page (Fetch Metadata, 2.1).
func framed(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "embed", "object":
		return true
	}
	return false
}

// clientOf returns who sends a request.
func clientOf(r *http.Request) client.Client {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr // of a unix socket
	}
	return client.Client{IP: host, UserAgent: r.UserAgent()}
}
