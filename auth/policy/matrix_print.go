package policy

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// columnStep is what the first column's width is a multiple of, in characters, so that one longer name seldom moves every line.
const columnStep = 16

// matrixHead says what a matrix in Markdown shows. The first argument is whose it is.
const matrixHead = "# Access matrix\n\n" +
	"Who may reach what in `%s`, as its directives say. Each row is a coordinate of the schema, each column a kind of caller.\n\n" +
	"- `allow`: may reach it; `self`: only what is the caller's own; `deny`: is refused.\n" +
	"- `role:NAME` has that role and what it grants; `scope:NAME` has that scope and no role; `owner` has neither, and asks for their own.\n\n"

// Markdown writes the matrix as a document whose lines change only where access does. source says whose it is, such as the schema's file.
func (m Matrix) Markdown(w io.Writer, source string) error {
	widths := make([]int, len(m.Classes)+1)
	widths[0] = columnStep
	heads, rules := []string{"coordinate"}, []string{}
	for i, class := range m.Classes {
		heads = append(heads, escaped(class))
		widths[i+1] = max(len("allow"), utf8.RuneCountInString(heads[i+1]))
	}
	for _, row := range m.Rows {
		for utf8.RuneCountInString(coded(row.Coordinate)) > widths[0] {
			widths[0] += columnStep
		}
	}
	var b strings.Builder
	line := func(cells []string, last string) {
		for i, cell := range cells {
			fmt.Fprintf(&b, "| %-*s ", widths[i], cell)
		}
		fmt.Fprintf(&b, "| %s |\n", last)
	}
	for _, width := range widths {
		rules = append(rules, strings.Repeat("-", width))
	}
	fmt.Fprintf(&b, matrixHead, source)
	line(heads, "requires")
	line(rules, "--------")
	for _, row := range m.Rows {
		cells := []string{coded(row.Coordinate)}
		for _, class := range m.Classes {
			cells = append(cells, row.Verdicts[class].word())
		}
		line(cells, escaped(row.Requirement))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// word is how a verdict is shown to people.
func (v Verdict) word() string { return strings.ToLower(string(v)) }

// coded sets a coordinate as code. It holds names of GraphQL only, so nothing in it can end that.
func coded(coordinate string) string { return "`" + coordinate + "`" }

// escaped takes from a text what Markdown would obey. Roles and scopes may hold anything but blanks and commas.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_[]<>|~&", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// CSV writes the matrix for spreadsheets (RFC 4180), which are kept from taking a cell for a formula.
func (m Matrix) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		_ = out.Write(cells) // what fails shows at the end
	}
	record(append(append([]string{"coordinate"}, m.Classes...), "requires")...)
	for _, row := range m.Rows {
		cells := []string{row.Coordinate}
		for _, class := range m.Classes {
			cells = append(cells, row.Verdicts[class].word())
		}
		record(append(cells, row.Requirement)...)
	}
	out.Flush()
	return out.Error()
}

// harmless puts an apostrophe before a cell that a spreadsheet would run (OWASP, CSV injection).
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
