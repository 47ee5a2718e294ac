package transport

import (
	"net/http"
	"strings"

	"gatehouse/graph/fault"
)

// documentID is how a request names a document instead of sending it.
type documentID struct {
	DocumentID string `json:"documentId"` // GraphQL over HTTP, appendix A
	DocID      string `json:"doc_id"`     // as Relay's guide has it
	ID         string `json:"id"`         // and as it had it before
}

// settle refuses a request that neither sends a document nor names one, or does both. The hash of an automatic persisted query may stand beside
// the query.
func (r *Request) settle() *fault.Fault {
	if strings.TrimSpace(r.Query) == "" {
		r.Query = ""
	}
	named := r.documentID != (documentID{})
	switch {
	case r.Query != "" && named:
		return fault.BadRequest(http.StatusBadRequest, "The request has both a query and the id of a document; send one of them.")
	case r.Query == "" && !named && r.Extensions["persistedQuery"] == nil:
		return fault.BadRequest(http.StatusBadRequest, "The request has no query.")
	}
	return nil
}

// Identifier is the id of the document that is meant, or the hash that is given beside it; "" for none.
func (r *Request) Identifier() (string, *fault.Fault) {
	ids := []string{r.DocumentID, r.DocID, r.ID}
	if extension := r.Extensions["persistedQuery"]; extension != nil {
		members, _ := extension.(map[string]any)
		hash, _ := members["sha256Hash"].(string)
		if hash == "" || members["version"] != 1.0 {
			return "", fault.BadRequest(http.StatusBadRequest, "The extension persistedQuery must have the version 1 and a sha256Hash, a string.")
		}
		ids = append(ids, hash)
	}
	meant := ""
	for _, id := range ids {
		id = PlainID(id)
		if id != "" && meant != "" && id != meant {
			return "", fault.BadRequest(http.StatusBadRequest, "The request has the ids of two documents.")
		}
		meant = max(meant, id)
	}
	return meant, nil
}

// HashPrefix begins an id that is the SHA-256 of the document's text, in lower-case hexadecimal (GraphQL over HTTP, appendix A). Apollo's
// clients and relay-compiler leave it out.
const HashPrefix = "sha256:"

// PlainID is an id without that prefix.
func PlainID(id string) string { return strings.TrimPrefix(id, HashPrefix) }
