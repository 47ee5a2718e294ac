// Package transport is GraphQL over HTTP: it decodes requests and writes
// answers. It knows neither the schema nor the callers.
package transport

import (
	"net/http"
	"strings"

	"gatehouse/graph/fault"
)

// A Request is a decoded GraphQL request. It has a query or at least one ID of
// a document.
type Request struct {
	Query         string         `json:"query"`
	Variables     map[string]any `json:"variables"`
	OperationName string         `json:"operationName"`
	Extensions    map[string]any `json:"extensions"`

	DocumentID string `json:"documentId"` // GraphQL over HTTP, appendix A
	DocID      string `json:"doc_id"`     // Relay's guide
	ID         string `json:"id"`         // Relay's guide, before that

	Credentials Credentials `json:"-"`
}

// check refuses a request with neither a document nor the ID of one, and a
// request with both. The hash of an automatic persisted query is no ID here: it
// may stand beside the query.
func (r *Request) check() *fault.Fault {
	if strings.TrimSpace(r.Query) == "" {
		r.Query = ""
	}
	named := r.DocumentID != "" || r.DocID != "" || r.ID != ""
	switch {
	case r.Query != "" && named:
		return fault.BadRequest(http.StatusBadRequest, "Send a query or the ID of a document, not both.")
	case r.Query == "" && !named && r.Extensions["persistedQuery"] == nil:
		return fault.BadRequest(http.StatusBadRequest, "The request has no query.")
	}
	return nil
}

// IDs returns what the request gives as the ID of its document: its members and
// the hash in extensions.persistedQuery. An absent one is "".
func (r *Request) IDs() ([]string, *fault.Fault) {
	ids := []string{r.DocumentID, r.DocID, r.ID}
	extension := r.Extensions["persistedQuery"]
	if extension == nil {
		return ids, nil
	}
	members, _ := extension.(map[string]any)
	hash, _ := members["sha256Hash"].(string)
	if hash == "" || members["version"] != 1.0 {
		return nil, fault.BadRequest(http.StatusBadRequest,
			"The extension persistedQuery needs version 1 and sha256Hash, a string.")
	}
	return append(ids, hash), nil
}
