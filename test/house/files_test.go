package house_test

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

// A file is a hand-written Go file.
type file struct {
	path   string // from the root of the repository, with slashes
	folder string // "." is the root
	test   bool
	lines  int
	code   int // lines with code, not only comments
	syntax *ast.File
}

// readFiles reads the hand-written Go files below root.
func readFiles(t *testing.T, root fs.FS) []file {
	t.Helper()
	skipped := []string{"data", "node_modules", "testdata"}
	var files []file
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != "." && strings.HasPrefix(entry.Name(), ".")
		if entry.IsDir() && (hidden || slices.Contains(skipped, entry.Name())) {
			return fs.SkipDir
		}
		if entry.IsDir() || path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		if f := readFile(t, name, string(text)); !ast.IsGenerated(f.syntax) {
			files = append(files, f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func readFile(t *testing.T, name, text string) file {
	t.Helper()
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return file{
		path: name, folder: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(text, "\n"), code: codeLines(text), syntax: syntax,
	}
}

// codeLines counts the lines that have code.
func codeLines(text string) int {
	set := token.NewFileSet()
	f := set.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(f, []byte(text), nil, 0) // which skips comments
	lines := map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && literal == "\n" { // inserted at the end of a line
			continue
		}
		first := f.Line(pos)
		for i := range 1 + strings.Count(literal, "\n") {
			lines[first+i] = true
		}
	}
}

// within reports whether a path matches a pattern: itself, or with /... also
// what is below it. The pattern ... matches every path.
func within(name, pattern string) bool {
	above, below := strings.CutSuffix(pattern, "...")
	above = strings.TrimSuffix(above, "/")
	return name == above || below && (above == "" || strings.HasPrefix(name, above+"/"))
}
