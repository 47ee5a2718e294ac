package transport

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The media types of an answer (GraphQL over HTTP).
const (
	MediaGraphQL = "application/graphql-response+json"
	MediaJSON    = "application/json"
)

// Accepted returns the media type of the answer to a request with these
// headers, "" if it accepts neither. Without an Accept header it is JSON, which
// every client reads. Of two types of the same weight it is MediaGraphQL,
// whichever comes first.
//
// We don't use elnormous/contenttype: it decides between types of the same weight
// by their order, and refuses the whole header for one malformed range.
func Accepted(header http.Header) string {
	values := header.Values("Accept")
	if len(values) == 0 {
		return MediaJSON
	}
	best, weight := "", 0.0
	var refused []string
	for value := range strings.SplitSeq(strings.Join(values, ","), ",") {
		media, q := mediaRange(value)
		if q == 0 {
			refused = append(refused, media)
		}
		if q > weight || q == weight && media == MediaGraphQL && best == MediaJSON {
			best, weight = media, q
		}
	}
	if best != anyMedia {
		return best
	}
	for _, media := range []string{MediaJSON, MediaGraphQL} {
		if !slices.Contains(refused, media) {
			return media
		}
	}
	return ""
}

// anyMedia stands for the ranges that match both types.
const anyMedia = "*/*"

// mediaRange returns the media type that one range of an Accept header stands
// for, and its weight. The weight is 0 if the range matches neither type or is
// malformed.
func mediaRange(value string) (string, float64) {
	media, params, err := mime.ParseMediaType(value)
	if err != nil || !isUTF8(params) {
		return "", 0
	}
	q := 1.0
	if text, ok := params["q"]; ok {
		if q, err = strconv.ParseFloat(text, 64); err != nil {
			return "", 0
		}
	}
	switch media {
	case MediaGraphQL:
		return MediaGraphQL, q
	case MediaJSON:
		return MediaJSON, q
	case anyMedia, "application/*":
		return anyMedia, q / 1e3 // a type by name goes before a wildcard of the same weight
	}
	return "", 0
}

// coding returns the coding of a request's body (RFC 9110, 8.4), "" for none.
// identity is not a coding, and x-gzip is gzip.
func coding(header http.Header) string {
	switch text := strings.ToLower(strings.TrimSpace(strings.Join(header["Content-Encoding"], ","))); text {
	case "identity":
		return ""
	case "x-gzip":
		return gzipCoding
	default:
		return text
	}
}

const gzipCoding = "gzip"

// isJSON reports whether the body is declared as JSON in UTF-8. A form or plain
// text never is: a page of another site may send those without a preflight.
func isJSON(header http.Header) bool {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	if values[0] == MediaJSON { // the usual spelling, without parsing it
		return true
	}
	media, params, err := mime.ParseMediaType(values[0])
	return err == nil && media == MediaJSON && isUTF8(params)
}

func isUTF8(params map[string]string) bool {
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
