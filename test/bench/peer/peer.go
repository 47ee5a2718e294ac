// Package peer runs servers of other projects beside Gatehouse, each with what its own
// documentation says about a load test, and has them do what Gatehouse does.
package peer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gatehouse/test/bench/load"
	"gatehouse/test/harness/process"
)

// A Program is a peer's name and the path of its program.
type Program struct{ Name, Path string }

// A kind is how a peer is run and asked.
type kind struct {
	name   string
	schema string // that must exist in its database, or ""

	// config returns how to run the program with a database, by its URL.
	config func(program, database string) process.Config

	// These return requests to the server with the given URL.

	register, login func(server, email string) call
	me              func(server, access string) call
	viewer          func(server, access string) call // nil: it answers nothing without its database
	refresh         func(server, token string) call
}

// A call is a request and the path that it goes to.
type call struct {
	path    string
	request load.Request
}

func kinds() []kind { return []kind{authorizer(), supabaseAuth()} }

// Parse parses name=path. Its error says what is wrong with either.
func Parse(text string) (Program, error) {
	name, path, _ := strings.Cut(text, "=")
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	if !slices.Contains(names, name) {
		return Program{}, fmt.Errorf("-peer %s: the name must be %s; write -peer %s=/path/to/its/program", text, strings.Join(names, " or "), names[0])
	}
	if path == "" {
		return Program{}, fmt.Errorf("-peer %s has no path; write -peer %s=/path/to/its/program", text, name)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return Program{}, fmt.Errorf("-peer %s: %w", text, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Program{}, fmt.Errorf("-peer %s: %s does not exist; build or download the program first", text, path)
	case err != nil:
		return Program{}, fmt.Errorf("-peer %s: %w", text, err)
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return Program{}, fmt.Errorf("-peer %s: %s is not a program", text, path)
	}
	return Program{name, path}, nil
}
