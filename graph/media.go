package graph

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The media types of an answer (GraphQL over HTTP).
const (
	mediaGraphQL = "application/graphql-response+json"
	mediaJSON    = "application/json"
)

// accepted returns the media type of the answer that the client likes best, "" if it takes neither.
// What is not asked for in any way is JSON, which every client reads.
func accepted(header http.Header) string {
	values := header.Values("Accept")
	if len(values) == 0 {
		return mediaJSON
	}
	best, weight := "", 0.0
	var refused []string
	for value := range strings.SplitSeq(strings.Join(values, ","), ",") {
		media, q := acceptable(value)
		if q == 0 {
			refused = append(refused, media)
		}
		if q > weight || q == weight && media == mediaGraphQL && best == mediaJSON {
			best, weight = media, q
		}
	}
	if best != anything {
		return best
	}
	for _, media := range []string{mediaJSON, mediaGraphQL} {
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
	case mediaGraphQL:
		return mediaGraphQL, q
	case mediaJSON:
		return mediaJSON, q
	case anything, "application/*":
		return anything, q / 1e3 // a named type goes before a wildcard of the same weight
	}
	return "", 0
}

// posted reports whether the body is declared as JSON in UTF-8. A form or plain text, which a page of another site may send without
// asking, never is.
func posted(header http.Header) bool {
	values := header.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	if values[0] == mediaJSON { // as nearly everybody writes it
		return true
	}
	media, params, err := mime.ParseMediaType(values[0])
	return err == nil && media == mediaJSON && utf8Only(params)
}

func utf8Only(params map[string]string) bool {
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
