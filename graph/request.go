package graph

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A request is what a client asks for.
type request struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
	Extensions    map[string]any `json:"extensions"`

	documentID
	hash string // of the query, under which it is to be kept; "" for not
}

// readBody decodes the body strictly: one JSON object in valid UTF-8, with no member twice and none that is unknown, and nothing behind it.
// What is wrong with it is said without repeating any of it, for it may hold a password.
func readBody(w http.ResponseWriter, r *http.Request, limit int) (*request, *httpError) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	if err != nil {
		return nil, unread(err, r.ContentLength, limit)
	}
	var req request
	if err := json.Unmarshal(body, &req, json.RejectUnknownMembers(true)); err != nil {
		return nil, badRequest(http.StatusBadRequest, fault(body, err))
	}
	if fault := req.settle(); fault != nil {
		return nil, fault
	}
	return &req, nil
}

// unread answers a body that could not be read.
func unread(err error, length int64, limit int) *httpError {
	if beyond := (*http.MaxBytesError)(nil); errors.As(err, &beyond) {
		large := &tooLarge{limit: "body", allowed: limit, asked: max(int(length), limit+1)}
		return &httpError{status: http.StatusRequestEntityTooLarge, error: large.present()}
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		late := badRequest(http.StatusRequestTimeout, "The body did not arrive in time.")
		late.header = map[string]string{"Connection": "close"} // what is left of the body would be taken for the next request
		return late
	}
	return badRequest(http.StatusBadRequest, "The body could not be read to its end.")
}

// fault says what keeps a body from being a request.
func fault(body []byte, err error) string {
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
