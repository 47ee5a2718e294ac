package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
)

// outputs are the files to write a report to, "" for none.
type outputs struct{ json, svg, markdown string }

// write writes the requested files.
func (f outputs) write(r *report) error {
	var all []error
	for _, file := range []struct {
		path string
		text func() ([]byte, error)
	}{
		{f.json, func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }},
		{f.svg, func() ([]byte, error) { return []byte(r.svg()), nil }},
		{f.markdown, func() ([]byte, error) {
			before, err := os.ReadFile(f.markdown)
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
