package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"gatehouse/graph/fault"
)

// urlLimit is how long the query of a URL may be, in bytes: less than what headers may be, so that it is this limit that refuses it.
const urlLimit = 8 << 10

// PreflightHeaders are those of which each makes a browser ask first (CORS preflight) whether a page of another site may send it, so that a request
// with one comes from a page that may, or from no browser. A GET request could be sent by any page otherwise, with the cookies of its reader.
func PreflightHeaders() []string {
	return []string{"X-Requested-With", "GraphQL-Require-Preflight", "Apollo-Require-Preflight"}
}

// Unforced refuses a GET request that any page could have sent. Of the media types only JSON counts: there were browsers that sent others
// without asking.
func Unforced(header http.Header) *fault.Fault {
	switch {
	case Posted(header):
		return nil
	case len(header.Values("Content-Type")) > 0:
		return fault.BadRequest(http.StatusUnsupportedMediaType, "Send no Content-Type with GET, or "+MediaJSON+".")
	case slices.ContainsFunc(PreflightHeaders(), func(name string) bool { return header.Get(name) != "" }), bearer(header):
		return nil
	}
	return fault.BadRequest(http.StatusBadRequest, "With GET, send the header GraphQL-Require-Preflight too, with any value, so that no page of another site "+
		"can send such a request unasked; or use POST.")
}

// bearer reports whether a request has an access token, good or bad. Browsers add credentials of other schemes by themselves, but never one of
// these, and ask first whether a page may.
func bearer(header http.Header) bool {
	scheme, _, found := strings.Cut(header.Get("Authorization"), " ")
	return found && strings.EqualFold(scheme, "Bearer")
}

// ReadURL decodes the query of a URL as strictly as ReadBody does a body.
func ReadURL(u *url.URL) (*Request, *fault.Fault) {
	if n := len(u.RawQuery); n > urlLimit {
		return nil, fault.Oversized(http.StatusRequestURITooLong, "url", urlLimit, n)
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fault.BadRequest(http.StatusBadRequest, "The query of the URL is not of the form name=value&name=value, with each percent sign encoded.")
	}
	req := &Request{}
	for name, all := range values {
		if wrong := req.parameter(name, all); wrong != "" {
			return nil, fault.BadRequest(http.StatusBadRequest, "The URL "+wrong+".")
		}
	}
	if f := req.settle(); f != nil {
		return nil, f
	}
	return req, nil
}

// parameter takes a parameter of a URL, or says what is wrong with it without repeating any of it.
func (r *Request) parameter(name string, values []string) string {
	var err error
	switch {
	case len(values) > 1:
		return "has a parameter twice"
	case !utf8.ValidString(values[0]):
		return "is not UTF-8"
	case name == "query":
		r.Query = values[0]
	case name == "documentId":
		r.DocumentID = values[0]
	case name == "doc_id":
		r.DocID = values[0]
	case name == "id":
		r.ID = values[0]
	case name == "operationName":
		r.OperationName = values[0]
	case name == "variables":
		err = json.Unmarshal([]byte(values[0]), &r.Variables)
	case name == "extensions":
		err = json.Unmarshal([]byte(values[0]), &r.Extensions)
	default:
		return "has a parameter other than query, documentId, operationName, variables and extensions"
	}
	if err != nil {
		return "has variables or extensions that are no object of JSON, or hold a member twice"
	}
	return ""
}

// OnlyPost answers a GET request for what has effects, or takes a secret, which must not stand in a URL.
func OnlyPost() *fault.Fault {
	return fault.NotAllowed(http.MethodPost, "Send this operation with POST: GET is for queries that take no secret.")
}
