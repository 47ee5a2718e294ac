package oauth

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"gatehouse/auth"
	protocol "gatehouse/auth/oauth"
)

// An Answer is a successful answer.
type Answer struct {
	Status int // 0: 200
	Body   any // JSON; nil for none
	Log    Event
}

// write sends the answer. Tokens in it are not to be kept by caches (RFC 6749, 5.1).
func (a *Answer) write(w http.ResponseWriter) {
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	writeJSON(w, status, a.Body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // Harden logs and answers it
	}
	header.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text) // if it fails, the client has gone
}

// A statusError is an error whose status does not follow from its code.
type statusError struct {
	status int
	err    *protocol.Error
}

func (e *statusError) Error() string { return e.err.Error() }

// Unwrap returns the error.
func (e *statusError) Unwrap() error { return e.err }

// A refusal is how an error is answered.
type refusal struct {
	status int
	header [2]string // a name and a value; "" for none
	err    *protocol.Error
}

// basicChallenge is what a client that tried Basic learns (RFC 6749, 5.2).
const basicChallenge = `Basic realm="gatehouse", charset="UTF-8"`

// refused returns how an error is answered; nil if it is not for clients. basic says that
// the client tried to authenticate with Basic.
func refused(err error, basic bool) *refusal {
	known, limit, fixed := (*protocol.Error)(nil), (*auth.LimitError)(nil), (*statusError)(nil)
	switch {
	case errors.As(err, &fixed):
		return &refusal{status: fixed.status, err: fixed.err}
	case errors.As(err, &known):
		return ofCode(known, basic)
	case errors.As(err, &limit):
		return &refusal{
			http.StatusTooManyRequests, [2]string{"Retry-After", strconv.Itoa(limit.Seconds())},
			&protocol.Error{Code: protocol.TemporarilyUnavailable, Description: "Too many requests. Try again after the time in Retry-After."},
		}
	case errors.Is(err, auth.ErrUnavailable):
		return &refusal{
			http.StatusServiceUnavailable, [2]string{"Retry-After", "1"},
			&protocol.Error{Code: protocol.TemporarilyUnavailable, Description: "The service can't answer now. Try again in a moment."},
		}
	}
	return nil
}

func ofCode(e *protocol.Error, basic bool) *refusal {
	r := &refusal{status: http.StatusBadRequest, err: e}
	switch e.Code {
	case protocol.InvalidClient:
		r.status = http.StatusUnauthorized
		if basic {
			r.header = [2]string{"WWW-Authenticate", basicChallenge}
		}
	case protocol.ServerError:
		r.status = http.StatusInternalServerError
	case protocol.TemporarilyUnavailable:
		r.status, r.header = http.StatusServiceUnavailable, [2]string{"Retry-After", "1"}
	}
	return r
}

// An errorBody is the JSON of an error (RFC 6749, 5.2).
type errorBody struct {
	Error       protocol.ErrorCode `json:"error"`
	Description string             `json:"error_description,omitempty"`
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.header[0] != "" {
		w.Header().Set(r.header[0], r.header[1])
	}
	writeJSON(w, r.status, errorBody{r.err.Code, r.err.Description})
}

// Busy answers a request that the service has no capacity for.
func Busy(w http.ResponseWriter, _ *http.Request) { refused(auth.ErrUnavailable, false).write(w) }
