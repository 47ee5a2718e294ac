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
	origins   origin.List
	bodyLimit int // bytes
}

// NewDecoder returns a Decoder for bodies of up to bodyLimit bytes. Pages of
// the given origins may send requests.
func NewDecoder(origins origin.List, bodyLimit int) *Decoder {
	return &Decoder{origins: origins, bodyLimit: bodyLimit}
}

// Decode reads a request whose answer has the media type that [Accepted]
// returned.
func (d *Decoder) Decode(w http.ResponseWriter, r *http.Request, media string) (*Request, *fault.Fault) {
	if f := d.check(r, media); f != nil {
		return nil, f
	}
	if r.Method == http.MethodGet {
		return decodeURL(r.URL)
	}
	return decodeBody(w, r, d.bodyLimit)
}

// check looks at the method and the headers.
func (d *Decoder) check(r *http.Request, media string) *fault.Fault {
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet:
		return fault.NotAllowed("GET, POST", "Send operations with POST, or queries with GET.")
	case d.origins.Foreign(r):
		return fault.BadRequest(http.StatusForbidden, "Pages of this origin may not send requests here.")
	case media == "":
		return fault.BadRequest(http.StatusNotAcceptable, "Accept "+MediaGraphQL+" or "+MediaJSON+".")
	case r.Method == http.MethodGet:
		return checkGet(r.Header)
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
func checkGet(header http.Header) *fault.Fault {
	has := func(name string) bool { return header.Get(name) != "" }
	switch {
	case isJSON(header):
		return nil
	case len(header.Values("Content-Type")) > 0:
		return fault.BadRequest(http.StatusUnsupportedMediaType, "Send no Content-Type with GET, or "+MediaJSON+".")
	case slices.ContainsFunc(preflightHeaders, has), hasBearer(header):
		return nil
	}
	return fault.BadRequest(http.StatusBadRequest, "With GET, also send the header GraphQL-Require-Preflight, with any value: "+
		"it keeps pages of other sites from sending such a request. Or use POST.")
}

// hasBearer reports whether a request carries an access token, good or bad.
// Browsers add credentials of other schemes by themselves, but a bearer token
// only after a preflight.
func hasBearer(header http.Header) bool {
	scheme, _, found := strings.Cut(header.Get("Authorization"), " ")
	return found && strings.EqualFold(scheme, "Bearer")
}
