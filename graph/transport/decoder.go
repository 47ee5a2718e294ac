package transport

import (
	"net/http"
	"slices"
	"strings"

	"gatehouse/edge/origin"
	"gatehouse/graph/fault"
)

// A Decoder reads GraphQL requests. It refuses those that a page of another
// site could have made a browser send.
type Decoder struct {
	Origins   origin.List // whose pages may send requests
	BodyLimit int         // bytes
	Keys      KeySources
}

// Decode reads a request whose answer has the media type that [Accepted]
// returned.
func (d *Decoder) Decode(w http.ResponseWriter, r *http.Request, media string) (*Request, *fault.Fault) {
	credentials, f := d.Keys.Read(r)
	if f != nil {
		return nil, f
	}
	if f := d.check(r, media, credentials); f != nil {
		return nil, f
	}
	var req *Request
	if r.Method == http.MethodGet {
		req, f = decodeURL(r.URL)
	} else {
		req, f = decodeBody(w, r, d.BodyLimit)
	}
	if f != nil {
		return nil, f
	}
	req.Credentials = credentials
	return req, nil
}

// check looks at the method and the headers.
func (d *Decoder) check(r *http.Request, media string, c Credentials) *fault.Fault {
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return fault.NotAllowed("GET, POST", "Send operations with POST, or queries with GET.")
	case d.Origins.Foreign(r):
		return fault.BadRequest(http.StatusForbidden, "Pages of this origin may not send requests here.")
	case media == "":
		return fault.BadRequest(http.StatusNotAcceptable, "Accept "+MediaGraphQL+" or "+MediaJSON+".")
	case r.Method == http.MethodGet:
		return checkGet(r.Header, c)
	case !isJSON(r.Header):
		return fault.BadRequest(http.StatusUnsupportedMediaType, "Send the operation as "+MediaJSON+" in UTF-8.")
	case coding(r.Header) != "" && coding(r.Header) != gzipCoding:
		return fault.BadRequest(0, "Send the body uncompressed, or with Content-Encoding: gzip.").
			With(http.StatusUnsupportedMediaType, "Accept-Encoding", gzipCoding)
	}
	return nil
}

var preflightHeaders = []string{"X-Requested-With", "GraphQL-Require-Preflight", "Apollo-Require-Preflight"}

// PreflightHeaders lists the headers that force a CORS preflight: a browser
// sends one across sites only after the service has allowed it.
func PreflightHeaders() []string { return slices.Clone(preflightHeaders) }

// checkGet refuses a GET request that any page could have made a browser send,
// with the cookies of its reader. Of the media types only JSON counts: some
// browsers sent others without a preflight.
//
// An API key beside it shows that the request is not such a page's: browsers add none
// but that of a cookie.
func checkGet(header http.Header, c Credentials) *fault.Fault {
	switch {
	case isJSON(header):
		return nil
	case len(header.Values("Content-Type")) > 0:
		return fault.BadRequest(http.StatusUnsupportedMediaType, "Send no Content-Type with GET, or "+MediaJSON+".")
	case forcesPreflight(header), hasBearer(header), len(c.Keys) > 0:
		return nil
	}
	return fault.BadRequest(http.StatusBadRequest, "With GET, also send the header GraphQL-Require-Preflight, with any value: "+
		"it keeps pages of other sites from sending such a request. Or use POST.")
}

// forcesPreflight reports whether a request has a header with which browsers send it
// across sites only after a CORS preflight.
func forcesPreflight(header http.Header) bool {
	return isJSON(header) || slices.ContainsFunc(preflightHeaders, func(name string) bool { return header.Get(name) != "" })
}

// hasBearer reports whether a request carries an access token, good or bad.
// Browsers add credentials of other schemes by themselves, but a bearer token
// only after a preflight.
func hasBearer(header http.Header) bool {
	scheme, _, found := strings.Cut(header.Get("Authorization"), " ")
	return found && strings.EqualFold(scheme, "Bearer")
}
