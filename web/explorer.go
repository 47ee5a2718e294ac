// Package web serves the API explorer and the pages of accounts to browsers. All of its files are
// embedded in the binary, and the pages load nothing from another origin.
package web

import (
	"embed"
	"net/http"
)

// files are the explorer's own pages, in vendor/ the published builds of GraphiQL and React with
// their licences, and what was built of the pages of accounts.
//
//go:embed explorer/*.html explorer/*.css explorer/*.mjs explorer/*.svg explorer/vendor account/dist
var files embed.FS

// Explorer serves GraphiQL at /playground and /playground/, and its assets
// below. base is the path below which clients reach all of that, "" for none.
//
// Every response, errors included, has headers that restrict the page to its
// own origin. Methods other than GET and HEAD are answered 405, unknown paths
// 404. It needs no credential: the page contains no secret.
func Explorer(base string) http.Handler {
	return newSite("explorer", "/playground", base, explorerPolicy)
}
