package transport

import (
	"compress/flate"
	"compress/gzip"
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

// decodeBody reads one JSON object in valid UTF-8, without unknown or duplicate
// members and with nothing after it. The fault never repeats any of the body,
// which may hold a password.
func decodeBody(w http.ResponseWriter, r *http.Request, limit int) (*Request, *fault.Fault) {
	body, f := readBody(w, r, limit)
	if f != nil {
		return nil, f
	}
	var req Request
	if err := json.Unmarshal(body, &req, json.RejectUnknownMembers(true)); err != nil {
		return nil, fault.BadRequest(http.StatusBadRequest, malformed(body, err))
	}
	if f := req.check(); f != nil {
		return nil, f
	}
	return &req, nil
}

// readBody reads a body of at most limit bytes, also after it is decompressed.
func readBody(w http.ResponseWriter, r *http.Request, limit int) ([]byte, *fault.Fault) {
	sent := http.MaxBytesReader(w, r.Body, int64(limit))
	if coding(r.Header) == "" {
		body, err := io.ReadAll(sent)
		if err != nil {
			return nil, unreadable(err, r.ContentLength, limit)
		}
		return body, nil
	}
	inflated, err := gzip.NewReader(sent)
	if err != nil {
		return nil, undecompressed(err, r.ContentLength, limit)
	}
	body, err := io.ReadAll(io.LimitReader(inflated, int64(limit)+1))
	if err != nil {
		return nil, undecompressed(err, r.ContentLength, limit)
	}
	if len(body) > limit {
		return nil, fault.Status(http.StatusRequestEntityTooLarge, fault.TooLarge("body", limit, len(body)))
	}
	return body, nil
}

// undecompressed returns the fault of a gzip body that could not be read.
func undecompressed(err error, length int64, limit int) *fault.Fault {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fault.BadRequest(http.StatusBadRequest, "The body is not gzip data, as Content-Encoding says, or it is cut off.")
	}
	return unreadable(err, length, limit)
}

// unreadable returns the fault of a body that could not be read.
func unreadable(err error, length int64, limit int) *fault.Fault {
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		asked := max(int(length), limit+1)
		return fault.Status(http.StatusRequestEntityTooLarge, fault.TooLarge("body", limit, asked))
	case errors.Is(err, os.ErrDeadlineExceeded):
		// The rest of the body would be taken for the next request.
		return fault.BadRequest(0, "The body did not arrive in time.").With(http.StatusRequestTimeout, "Connection", "close")
	}
	return fault.BadRequest(http.StatusBadRequest, "The body could not be read to its end.")
}

// malformed says why a body is not a request.
func malformed(body []byte, err error) string {
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		at := strconv.FormatInt(syntax.ByteOffset, 10)
		if errors.Is(err, jsontext.ErrDuplicateName) {
			return "An object of the body has the same member twice, at byte " + at + "."
		}
		return "The body is not JSON in UTF-8: error at byte " + at + "."
	}
	if strings.HasPrefix(strings.TrimLeft(string(body), " \t\r\n"), "[") {
		return "The body is an array. Send one operation per request."
	}
	return "The body is not a GraphQL request: a JSON object with query or documentId (a string), and optionally variables (an object), " +
		"operationName (a string) and extensions (an object)."
}
