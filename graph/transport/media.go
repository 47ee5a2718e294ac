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

// Accepted returns the media type of the answer that the client likes best, "" if it takes neither.
// What is not asked for in any way is JSON, which every client reads.
func Accepted(header http.Header) string {
	values := header.Values("Accept")
	if len(values) == 0 {
		return MediaJSON
	}
	best, weight := "", 0.0
	var refused []string
	for value := range strings.SplitSeq(strings.Join(values, ","), ",") {
		media, q := acceptable(value)
		if q == 0 {
			refused = append(refused, media)
		}
		if q > weight || q == weight && media == MediaGraphQL && best == MediaJSON {
			best, weight = media, q
		}
	}
	if best != anything {
		return best
	}
	for _, media := range []string{MediaJSON, MediaGraphQL} {
		if !slices.Contains(refused, media) {
			return media
		}
	}
	return ""
}

// anything stands for the ranges that take either media type, unless it is refused by name.
const anything = "*/*"

// acceptable returns the media type that one range of an Accept header stands for, and its weight (RFC 9110, 12.5.1).
func acceptable(value string) (string, float64) {
	media, params, err := mime.ParseMediaType(value)
	if err != nil || !utf8Only(params) {
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
	case anything, "application/*":
		return anything, q / 1e3 // a named type goes before a wildcard of the same weight
	}
	return "", 0
}

// Posted reports whether the body is declared as JSON in UTF-8. A form or plain text, which a page of another site may send without
// asking, never is.
func Posted(header http.Header) bool {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	if values[0] == MediaJSON { // as nearly everybody writes it
		return true
	}
	media, params, err := mime.ParseMediaType(values[0])
	return err == nil && media == MediaJSON && utf8Only(params)
}

func utf8Only(params map[string]string) bool {
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
