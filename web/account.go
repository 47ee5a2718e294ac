package web

import "net/http"

// Account serves the pages on which people use their accounts at /account and /account/, and their
// files below. base is the path below which clients reach all of that, "" for none.
//
// It is like [Explorer], and its policy is stricter: no inline style either, and no HTML from text.
func Account(base string) http.Handler {
	return newSite("account/dist", "/account", base, accountPolicy)
}
