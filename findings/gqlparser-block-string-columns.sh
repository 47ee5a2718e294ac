#!/usr/bin/env bash
# gqlparser 2.5.64 gives a wrong column for strings and for what follows line breaks in them:
# a string is one column too far, a block string is on its last line with a column of zero or
# less, and what follows CRLF is one column too far. Positions go into the locations of errors, so
# a client is told "column -7", which is not valid (GraphQL specification, 7.1.2: both start at 1).
# Expected: the line and the column of the token's first character.
#
# Seen:
#   string: line 1 column 12, expected 1:11
#   block string: line 3 column -7, expected 1:11
#   after CRLF:   line 2 column 2, expected 2:1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod GOWORK=off
go mod init finding >/dev/null 2>&1
go get github.com/vektah/gqlparser/v2@v2.5.64 >/dev/null 2>&1
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func parse(text string) *ast.OperationDefinition {
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		panic(err)
	}
	return document.Operations[0]
}

func value(text string) *ast.Position {
	return parse(text).SelectionSet[0].(*ast.Field).Arguments[0].Value.Position
}

func show(what string, at *ast.Position, expected string) {
	fmt.Printf("%s line %d column %d, expected %s\n", what, at.Line, at.Column, expected)
}

func main() {
	show("string:", value(`{ f(text: "abc") }`), "1:11")
	show("block string:", value("{ f(text: \"\"\"one\ntwo\nthree\"\"\") }"), "1:11")
	show("after CRLF:", parse("{\r\nf\r\n}").SelectionSet[0].GetPosition(), "2:1")
}
GO
diff <(go run .) - <<'SEEN'
string: line 1 column 12, expected 1:11
block string: line 3 column -7, expected 1:11
after CRLF: line 2 column 2, expected 2:1
SEEN
echo 'as described: gqlparser 2.5.64 misplaces strings, and what follows CRLF'
