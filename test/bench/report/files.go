package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// Files are the files to write a report to, "" for none.
type Files struct{ JSON, SVG, Markdown string }

// Write writes the requested files.
func (f Files) Write(r *Report) error {
	var all []error
	for _, file := range []struct {
		path string
		text func() ([]byte, error)
	}{
		{f.JSON, func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }},
		{f.SVG, func() ([]byte, error) { return []byte(r.svg()), nil }},
		{f.Markdown, func() ([]byte, error) {
			before, err := os.ReadFile(f.Markdown)
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return []byte(r.page(string(before))), err
		}},
	} {
		if file.path == "" {
			continue
		}
		text, err := file.text()
		if err == nil {
			err = os.WriteFile(file.path, append(bytes.TrimSpace(text), '\n'), 0o644)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}
