package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// Account serves the pages on which people use their accounts at /account and /account/, and their
// files below. base is the path below which clients reach all of that, "" for none.
//
// It is like [Explorer], and its policy is stricter: no inline style either, and no HTML from text.
func Account(base string) http.Handler {
	return newSite("account/dist", "/account", base, accountPolicy)
}

// AccountDocuments returns the GraphQL documents that the pages send, as text or by an id, the
// SHA-256 of the text. It panics if their manifest is not one, which is a
// mistake in the build.
func AccountDocuments() []string {
	manifest, err := files.ReadFile("account/dist/documents.json")
	if err != nil {
		panic(err)
	}
	texts := map[string]string{} // by id, which is the hash of the text
	if err := json.Unmarshal(manifest, &texts); err != nil {
		panic(err)
	}
	return slices.Sorted(maps.Values(texts))
}
