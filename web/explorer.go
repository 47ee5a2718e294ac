// Package web serves the API explorer to browsers. All of its files are embedded in the binary, and
// the pages load nothing from another origin.
package web

import (
	"embed"
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// files are the explorer's own pages, and in vendor/ the published builds of
// GraphiQL and React with their licences.
//
//go:embed explorer/*.html explorer/*.css explorer/*.mjs explorer/*.svg explorer/vendor
var files embed.FS

// page is served for the folder itself.
const page = "index.html"

// Explorer serves GraphiQL at /playground and /playground/, and its assets
// below. base is the path below which clients reach all of that, "" for none.
//
// Every response, errors included, has headers that restrict the page to its
// own origin. Methods other than GET and HEAD are answered 405, unknown paths
// 404. It needs no credential: the page contains no secret.
func Explorer(base string) http.Handler {
	assets := explorerAssets(base)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := assets[assetName(r.URL.Path)]
		if !ok {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		a.ServeHTTP(w, r)
	})
}

// assetName returns the name of the embedded file for a URL path, or "" if it names none.
func assetName(urlPath string) string {
	name, below := strings.CutPrefix(urlPath, "/playground")
	switch {
	case below && (name == "" || name == "/"):
		return page
	case below && strings.HasPrefix(name, "/"):
		return name[1:]
	}
	return ""
}

// explorerAssets returns the embedded files by their path below explorer/. The
// links of the page lead below base. It panics if the media type of a file is
// unknown, which is a mistake in the build.
func explorerAssets(base string) map[string]*asset {
	assets := make(map[string]*asset)
	root, err := fs.Sub(files, "explorer")
	if err != nil {
		panic(err)
	}
	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if name == page {
			links := strings.NewReplacer(`href="/`, `href="`+html.EscapeString(base)+"/", `src="/`, `src="`+html.EscapeString(base)+"/")
			content = []byte(links.Replace(string(content)))
		}
		assets[name], err = newAsset(content, path.Ext(name), strings.HasPrefix(name, "vendor/"))
		return err
	})
	if err != nil {
		panic(err)
	}
	return assets
}
