package terminal

import (
	"strings"
	"text/tabwriter"
)

// A Table writes rows to standard output with their columns aligned. Its cells
// are shown as [Printable] returns them.
type Table struct {
	rows *tabwriter.Writer
}

// Table returns a table with a header, which may be empty.
func (t *Terminal) Table(header ...string) *Table {
	table := &Table{tabwriter.NewWriter(t.Stdout, 0, 0, 2, ' ', 0)}
	if len(header) > 0 {
		table.Row(header...)
	}
	return table
}

// Row adds a row.
func (t *Table) Row(cells ...string) {
	var line strings.Builder
	for i, cell := range cells {
		if i > 0 {
			line.WriteByte('\t')
		}
		line.WriteString(Printable(cell))
	}
	line.WriteByte('\n')
	_, _ = t.rows.Write([]byte(line.String())) // Flush returns the error
}

// Flush aligns the rows since the last Flush and writes them.
func (t *Table) Flush() error { return t.rows.Flush() }
