package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// A tool is one operation of the file of tools.
type tool struct {
	*mcp.Tool
	document string // the text that is sent, always the same
}

// readTools reads a tool from each operation of a document.
func readTools(source string) ([]tool, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: source})
	if err != nil {
		return nil, err
	}
	if len(doc.Fragments) > 0 {
		return nil, errors.New("fragments are not supported: write their fields into the operations")
	}
	var all []tool
	for _, op := range doc.Operations {
		if op.Name == "" || op.Operation == ast.Subscription {
			return nil, fmt.Errorf("line %d: a tool is a query or a mutation with a name", op.Position.Line)
		}
		readOnly := op.Operation == ast.Query
		all = append(all, tool{
			Tool: &mcp.Tool{
				Name: op.Name, Description: description(op.Comment), InputSchema: inputSchema(op.VariableDefinitions),
				Annotations: &mcp.ToolAnnotations{ReadOnlyHint: readOnly},
			},
			document: text(op),
		})
	}
	return all, nil
}

// description is the text above an operation, from the last empty line on.
func description(above *ast.CommentGroup) string {
	if above == nil {
		return ""
	}
	var lines []string
	last := 0
	for _, comment := range above.List {
		if comment.Position.Line > last+1 {
			lines = nil
		}
		last = comment.Position.Line
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(comment.Value, "#")))
	}
	return strings.Join(lines, " ")
}

func text(op *ast.OperationDefinition) string {
	var b strings.Builder
	formatter.NewFormatter(&b).FormatQueryDocument(&ast.QueryDocument{Operations: ast.OperationList{op}})
	return b.String()
}

// inputSchema describes the variables in the words of JSON Schema. What a scalar of the service or
// an input object has to look like, the service says.
func inputSchema(variables ast.VariableDefinitionList) map[string]any {
	properties, required := map[string]any{}, []string{}
	for _, v := range variables {
		properties[v.Variable] = typeSchema(v.Type)
		if v.Type.NonNull && v.DefaultValue == nil {
			required = append(required, v.Variable)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func typeSchema(t *ast.Type) map[string]any {
	if t.Elem != nil {
		return map[string]any{"type": "array", "items": typeSchema(t.Elem)}
	}
	switch t.NamedType {
	case "String", "ID":
		return map[string]any{"type": "string"}
	case "Int":
		return map[string]any{"type": "integer"}
	case "Float":
		return map[string]any{"type": "number"}
	case "Boolean":
		return map[string]any{"type": "boolean"}
	}
	return map[string]any{}
}
