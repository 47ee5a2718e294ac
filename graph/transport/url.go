package transport

import (
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"gatehouse/graph/fault"
)

// urlLimit bounds the query of a URL, in bytes. It is below the limit on
// headers, so that a long URL is refused with an error that names this limit.
const urlLimit = 8 << 10

// decodeURL reads the query of a URL as strictly as decodeBody reads a body.
func decodeURL(u *url.URL) (*Request, *fault.Fault) {
	if n := len(u.RawQuery); n > urlLimit {
		return nil, fault.Status(http.StatusRequestURITooLong, fault.TooLarge("url", urlLimit, n))
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fault.BadRequest(http.StatusBadRequest,
			"The query of the URL is malformed: write name=value&name=value, and encode each percent sign.")
	}
	req := &Request{}
	for name, all := range values {
		if wrong := req.set(name, all); wrong != "" {
			return nil, fault.BadRequest(http.StatusBadRequest, wrong)
		}
	}
	if f := req.check(); f != nil {
		return nil, f
	}
	return req, nil
}

// set sets the member that a parameter of the URL stands for. It returns what
// is wrong, without repeating any of it; "" if nothing is.
func (r *Request) set(name string, values []string) string {
	var err error
	switch {
	case len(values) > 1 && name != keyParameter: // two credentials are refused as such
		return "The URL has a parameter twice."
	case !utf8.ValidString(values[0]):
		return "The URL is not UTF-8."
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
	case name == keyParameter: // see KeySources
	default:
		return "The URL has a parameter other than query, documentId, operationName, variables and extensions."
	}
	if err != nil {
		return "The URL has variables or extensions that are not a JSON object, or that have the same member twice."
	}
	return ""
}

// OnlyPost returns the fault of a GET request whose operation has effects, or
// takes a secret, which must not stand in a URL.
func OnlyPost() *fault.Fault {
	return fault.NotAllowed(http.MethodPost, "Send this operation with POST: GET is for queries that take no secret.")
}
