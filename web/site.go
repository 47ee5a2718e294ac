package web

import (
	"html"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// page is served for the folder itself.
const page = "index.html"

// A site is a page, and its files below it.
type site struct {
	path   string            // of the page, such as /playground
	assets map[string]*asset // by their path below it
	policy string            // its Content-Security-Policy
}

// newSite returns the site of the embedded files in the folder. Clients reach it below base.
func newSite(folder, path, base, policy string) *site {
	return &site{path: path, assets: assetsOf(folder, base), policy: policy}
}

// ServeHTTP serves the page and its files, for GET and HEAD only.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header(), s.policy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a, ok := s.assets[s.name(r.URL.Path)]
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	a.ServeHTTP(w, r)
}

// name returns the name of the file for a URL path, or "" if it names none.
func (s *site) name(urlPath string) string {
	name, below := strings.CutPrefix(urlPath, s.path)
	switch {
	case below && (name == "" || name == "/"):
		return page
	case below && strings.HasPrefix(name, "/"):
		return name[1:]
	}
	return ""
}

// assetsOf returns the embedded files by their path below the folder. The links of the page lead
// below base. It panics if the media type of a file is unknown, which is a mistake in the build.
func assetsOf(folder, base string) map[string]*asset {
	assets := make(map[string]*asset)
	root, err := fs.Sub(files, folder)
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
