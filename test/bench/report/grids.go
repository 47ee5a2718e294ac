package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A grid is a table. Its first line contains the names of the columns.
type grid [][]string

// grids returns the tables: one with a column for each size, one with a column for each number of
// replicas, and one with what the plans read.
func (g *Growth) grids() []grid {
	var all []grid
	if len(g.Sizes) > 0 {
		all = append(all, g.sizes())
	}
	if len(g.Replicas) > 0 {
		all = append(all, g.deployments())
	}
	if len(g.Sizes) > 0 {
		all = append(all, plans(g.Sizes[len(g.Sizes)-1]))
	}
	return all
}

func (g *Growth) sizes() grid {
	var columns []string
	var results [][]Result
	singles := make([][]string, 5)
	for _, s := range g.Sizes {
		columns, results = append(columns, strconv.Itoa(s.People)), append(results, s.Results)
		for i, value := range []float64{s.Start, s.Idle, s.Loaded, s.Database, float64(s.Scans)} {
			singles[i] = append(singles[i], digits(value))
		}
	}
	t := curves("accounts", columns, results)
	for i, what := range []string{"start, ms", "memory after the start, MB", "memory after the load, MB", "database, MB", "full table scans"} {
		t = append(t, append([]string{what}, singles[i]...))
	}
	return t
}

func (g *Growth) deployments() grid {
	var columns, memory, connections []string
	var results [][]Result
	for _, d := range g.Replicas {
		columns, results = append(columns, strconv.Itoa(d.Replicas)), append(results, d.Results)
		memory, connections = append(memory, digits(d.Memory)), append(connections, strconv.Itoa(d.Connections))
	}
	t := curves("replicas", columns, results)
	return append(t, append([]string{"memory of all replicas, MB"}, memory...), append([]string{"database connections"}, connections...))
}

// curves returns a grid with the result of each case in each column.
func curves(of string, columns []string, results [][]Result) grid {
	t := grid{append([]string{of}, columns...)}
	for _, r := range results[0] {
		for _, row := range rows() {
			cells := []string{r.Name + ", " + row.what}
			for _, column := range results {
				cells = append(cells, row.value(find(column, r.Name, Gatehouse)))
			}
			t = append(t, cells)
		}
	}
	return t
}

// plans returns a grid with what the statements read.
func plans(size SizeResult) grid {
	t := grid{{fmt.Sprintf("plans with %d accounts", size.People), "read", "statement"}}
	for _, p := range size.Plans {
		t = append(t, []string{p.Trial, p.Access(), p.Statement})
	}
	return t
}

// print writes the grids for a terminal.
func (g *Growth) print(w io.Writer) {
	for _, grid := range g.grids() {
		fmt.Fprintln(w)
		for _, cells := range grid {
			fmt.Fprintln(w, strings.Join(cells, "\t"))
		}
	}
}

// markdown writes the grids for docs/performance.md.
func (g *Growth) markdown(b *strings.Builder) {
	for _, grid := range g.grids() {
		table(b, grid[0]...)
		for _, cells := range grid[1:] {
			line(b, cells...)
		}
	}
}

// A row is one of the values shown for each case.
type row struct {
	what  string
	value func(*Measured) string
}

func rows() []row {
	return []row{
		{"CPU µs/request", func(m *Measured) string { return orDash(m.CPU) }},
		{"requests/s", func(m *Measured) string { return m.Rate.String() }},
		{"p50 ms", func(m *Measured) string { return digits(m.P50.Median) }},
	}
}
