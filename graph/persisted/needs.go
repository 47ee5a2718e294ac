package persisted

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"gatehouse/auth/policy"
	"gatehouse/graph/document"
	"gatehouse/graph/fault"
)

// The most documents that a client may have, and their bytes.
const (
	maxClientDocuments = 500
	maxClientBytes     = 1 << 20
)

// A ClientFault says what is wrong with the documents of a client: a sentence for the one
// who registers it.
type ClientFault string

// Error returns the sentence.
func (f ClientFault) Error() string { return string(f) }

func clientFault(format string, args ...any) error { return ClientFault(fmt.Sprintf(format, args...)) }

// ClientDocuments reads the documents that the tokens of a client may run.
type ClientDocuments struct {
	documents *document.Cache
	tokens    int
}

// NewClientDocuments returns a reader of documents for the policy's schema.
func NewClientDocuments(p *policy.Policy) (*ClientDocuments, error) {
	limits := document.DefaultLimits()
	documents, err := document.NewCache(p, limits, true, nil)
	return &ClientDocuments{documents: documents, tokens: limits.Tokens}, err
}

// Needs returns the fewest scopes with which a client can run all of the documents: for a
// person if delegated is set, else for itself. It also returns the [Hash] of each, or a
// [ClientFault].
func (c *ClientDocuments) Needs(texts []string, delegated bool) (scopes, hashes []string, err error) {
	total := 0
	for _, text := range texts {
		total += len(text)
	}
	switch {
	case len(texts) == 0:
		return nil, nil, ClientFault("Give one document at least, or leave operations out to allow any.")
	case len(texts) > maxClientDocuments || total > maxClientBytes:
		return nil, nil, clientFault("A client has at most %d documents, of %d bytes together.", maxClientDocuments, maxClientBytes)
	}
	var all []policy.Needs
	for i, text := range texts {
		needs, hash, problem := c.needs(text)
		if problem != "" {
			return nil, nil, clientFault("The document number %d can't be used: %s", i+1, problem)
		}
		all, hashes = append(all, needs...), append(hashes, hash)
	}
	scopes, unmet := least(all, delegated)
	if len(unmet) > 0 {
		return nil, nil, clientFault("The documents need %s, which no client can have. Leave these fields out.", strings.Join(unmet, " or "))
	}
	return scopes, hashes, nil
}

// least returns the fewest scopes that meet all needs, and one requirement that none meets.
func least(all []policy.Needs, delegated bool) (scopes, unmet []string) {
	if !delegated { // a service account is itself, but no client has roles
		scopes, unmet = policy.Least(all, true)
		return scopes, unmet
	}
	scopes, missing := policy.LeastDelegated(all)
	if len(missing) > 0 {
		unmet = missing[0]
	}
	return scopes, unmet
}

// needs returns what the operations of one document require, and its hash.
func (c *ClientDocuments) needs(text string) (all []policy.Needs, hash, problem string) {
	doc, f := c.documents.Parse(text)
	if f == nil {
		f = c.documents.Diagnose(doc)
	}
	if f != nil {
		return nil, "", f.Errors[0].Message
	}
	for _, op := range doc.Operations {
		needs, whole := op.Plan.Needs()
		if !whole {
			return nil, "", "an operation in it is too large."
		}
		all = append(all, needs)
	}
	hash, ok := Hash(text, c.tokens)
	if !ok {
		return nil, "", "it is too large."
	}
	return all, hash, ""
}

// Hash returns a hash of what a document says, however it is printed. It returns false for
// a text that can't be read or has more than limit tokens.
func Hash(text string, limit int) (string, bool) {
	sum, ok := canonical(text, limit)
	return hex.EncodeToString(sum[:]), ok
}

// CheckClient returns a fault unless the hashes, of all documents that a client may run,
// have that of the text. A client without hashes may run any.
func CheckClient(hashes []string, text string, limit int) *fault.Fault {
	if hashes == nil {
		return nil
	}
	if hash, ok := Hash(text, limit); ok && slices.Contains(hashes, hash) {
		return nil
	}
	return refused("untrusted_document", "The application may run only the documents that it was registered with, and this is not one.")
}
