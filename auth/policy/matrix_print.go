package policy

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// columnStep is the unit of the first column's width, in characters, so that a
// longer name rarely changes every line.
const columnStep = 16

// matrixHead is the introduction of a matrix in Markdown. Its argument is the
// source.
const matrixHead = "# Access matrix\n\n" +
	"Who may reach what in `%s`, according to its directives. Each row is a coordinate\n" +
	"of the schema, each column a class of callers.\n\n" +
	"- `allow`: allowed; `self`: only the caller's own; `deny`: refused.\n" +
	"- `role:NAME` has that role and its scopes; `scope:NAME` has that scope and no role; " +
	"`owner`\n  has neither and asks for their own objects.\n"

// matrixSteps explains the marks for what a person proves.
const matrixSteps = "- `f10m`: who proved within 10 minutes who they are; `2f`: who proved it with two factors.\n"

// matrixApps explains the columns for what acts for a person.
const matrixApps = "- `app:NAME` acts for a person, such as an application or an API key, and has that scope; `app`\n" +
	"  has none.\n"

// Markdown writes the matrix as a document whose lines only change if access
// does. source names the schema, for example its file.
func (m Matrix) Markdown(w io.Writer, source string) error {
	widths := make([]int, len(m.Classes)+1)
	widths[0] = columnStep
	heads, rules := []string{"coordinate"}, []string{}
	for i, class := range m.Classes {
		heads = append(heads, escaped(class))
		widths[i+1] = max(len("allow"), utf8.RuneCountInString(heads[i+1]))
		for _, row := range m.Rows {
			widths[i+1] = max(widths[i+1], len(row.cell(class)))
		}
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
	if slices.Contains(m.Classes, requireApp) {
		b.WriteString(matrixApps)
	}
	if m.hasSteps() {
		b.WriteString(matrixSteps)
	}
	b.WriteByte('\n')
	line(heads, "requires")
	line(rules, "--------")
	for _, row := range m.Rows {
		cells := []string{coded(row.Coordinate)}
		for _, class := range m.Classes {
			cells = append(cells, row.cell(class))
		}
		line(cells, escaped(row.Requirement))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell returns the verdict on a class for display, with marks for what it has to
// prove, such as "allow f10m 2f".
func (r MatrixRow) cell(class string) string {
	verdict := r.Verdicts[class]
	if verdict == Deny {
		return verdict.word()
	}
	return strings.Join(append([]string{verdict.word()}, stepMarks(r.Required)...), " ")
}

// hasSteps reports whether any row has to be proved.
func (m Matrix) hasSteps() bool {
	return slices.ContainsFunc(m.Rows, func(r MatrixRow) bool { return len(stepMarks(r.Required)) > 0 })
}

// word returns the verdict for display.
func (v Verdict) word() string { return strings.ToLower(string(v)) }

// coded returns a coordinate as code. It has only GraphQL names, so it can't
// end the code.
func coded(coordinate string) string { return "`" + coordinate + "`" }

// escaped escapes what Markdown would interpret. Roles and scopes may have any
// characters except spaces and commas.
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

// CSV writes the matrix for spreadsheets (RFC 4180). Cells can't be taken for
// formulas.
func (m Matrix) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	record := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		_ = out.Write(cells) // Error returns it at the end
	}
	record(append(append([]string{"coordinate"}, m.Classes...), "requires")...)
	for _, row := range m.Rows {
		cells := []string{row.Coordinate}
		for _, class := range m.Classes {
			cells = append(cells, row.cell(class))
		}
		record(append(cells, row.Requirement)...)
	}
	out.Flush()
	return out.Error()
}

// harmless puts an apostrophe before a cell that a spreadsheet would execute
// (OWASP, CSV injection).
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
