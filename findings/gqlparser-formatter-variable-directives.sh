#!/usr/bin/env bash
# gqlparser 2.5.64's formatter leaves out directives on variable definitions, which have been valid
# since the GraphQL specification of October 2021 (VARIABLE_DEFINITION). A gateway or a tool that
# parses a document and prints it sends another document on, in silence: its hash is another one,
# and what the directive asked for is gone. Directives on the operation and on fields stay.
# Expected: that what is parsed is printed.
#
# Seen:
#   parsed: 1 directive on $id
#   printed: query Q ($id: ID) @operation { f(id: $id) @field }
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
	"bytes"
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

func main() {
	document, err := parser.ParseQuery(&ast.Source{Input: `query Q($id: ID @variable) @operation { f(id: $id) @field }`})
	if err != nil {
		panic(err)
	}
	fmt.Println("parsed:", len(document.Operations[0].VariableDefinitions[0].Directives), "directive on $id")
	var out bytes.Buffer
	formatter.NewFormatter(&out).FormatQueryDocument(document)
	fmt.Println("printed:", strings.Join(strings.Fields(out.String()), " "))
}
GO
diff <(go run .) - <<'SEEN'
parsed: 1 directive on $id
printed: query Q ($id: ID) @operation { f(id: $id) @field }
SEEN
echo 'as described: gqlparser 2.5.64 does not print directives on variable definitions'
