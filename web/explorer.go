// Package web holds what the server itself serves to a browser. It is all in the binary: no file is read and no other
// origin is asked.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// files are the explorer's own pages, and the published builds of GraphiQL and React in vendor/ with their licences.
//
//go:embed explorer/*.html explorer/*.css explorer/*.mjs explorer/*.svg explorer/vendor
var files embed.FS

// page is the file that stands for the folder.
const page = "index.html"

// Explorer serves GraphiQL below /playground: the page at /playground and /playground/, its assets below it.
//
// Every answer, refusals included, carries headers that let the page load from and talk to its own origin only.
// Anything but GET and HEAD is 405, an unknown path 404. It does not look at who asks: the page holds no secret.
func Explorer() http.Handler {
	assets := explorerAssets()
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

// assetName is the embedded file that a path names, or "" for none.
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

// explorerAssets reads the embedded files, by their path below explorer/. It panics at a file whose kind it does not
// know: that is a fault of the build.
func explorerAssets() map[string]*asset {
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
		assets[name], err = newAsset(content, path.Ext(name), strings.HasPrefix(name, "vendor/"))
		return err
	})
	if err != nil {
		panic(err)
	}
	return assets
}
