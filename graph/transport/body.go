package transport

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"gatehouse/graph/fault"
)

// A Request is what a client asks for.
type Request struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
	Extensions    map[string]any `json:"extensions"`

	documentID
}

// ReadBody decodes the body strictly: one JSON object in valid UTF-8, with no member twice and none that is unknown, and nothing behind it.
// What is wrong with it is said without repeating any of it, for it may hold a password.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int) (*Request, *fault.Fault) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	if err != nil {
		return nil, unread(err, r.ContentLength, limit)
	}
	var req Request
	if err := json.Unmarshal(body, &req, json.RejectUnknownMembers(true)); err != nil {
		return nil, fault.BadRequest(http.StatusBadRequest, unreadable(body, err))
	}
	if f := req.settle(); f != nil {
		return nil, f
	}
	return &req, nil
}

// unread answers a body that could not be read.
func unread(err error, length int64, limit int) *fault.Fault {
	if beyond := (*http.MaxBytesError)(nil); errors.As(err, &beyond) {
		return fault.Oversized(http.StatusRequestEntityTooLarge, "body", limit, max(int(length), limit+1))
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		late := fault.BadRequest(http.StatusRequestTimeout, "The body did not arrive in time.")
		late.Header = map[string]string{"Connection": "close"} // what is left of the body would be taken for the next request
		return late
	}
	return fault.BadRequest(http.StatusBadRequest, "The body could not be read to its end.")
}

// unreadable says what keeps a body from being a request.
func unreadable(body []byte, err error) string {
	syntax := (*jsontext.SyntacticError)(nil)
	if errors.As(err, &syntax) {
		at := strconv.FormatInt(syntax.ByteOffset, 10)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return "The body has a member twice in one object, at byte " + at + "."
		}
		return "The body is not JSON in UTF-8; it goes wrong at byte " + at + "."
	}
	if strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "[") {
		return "The body is an array; send one operation in each request."
	}
	return "The body is not a GraphQL request: a JSON object with query or documentId (a string), and at most variables (an object), " +
		"operationName (a string) and extensions (an object)."
}
