package policy

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"
)

//go:embed matrix.html
var matrixPage string

// HTML writes the matrix as a self-contained page with search, a filter by
// class of callers, and a layout for printing. source names the schema, for
// example its file.
func (m Matrix) HTML(w io.Writer, source string) error {
	page, err := template.New("matrix").Parse(matrixPage)
	if err != nil {
		return err
	}
	return page.Execute(w, m.page(source))
}

// A page is the template's data.
type page struct {
	Source  string
	Rows    int
	Apps    bool // there are columns for what acts for a person
	Steps   bool // there are marks for what a person proves
	Classes []pageClass
	Groups  []pageGroup
}

// A pageClass is the head of a column, such as role and admin, or owner alone.
type pageClass struct {
	ID, Kind, Name string
}

// A pageGroup has the rows of one type.
type pageGroup struct {
	Type string
	Rows []pageRow
}

type pageRow struct {
	Coordinate, Type, Rest string
	Requirement            string
	Clauses                [][]pageNeed // all of the outer list, any of each inner one
	Verdicts               []pageVerdict
}

type pageNeed struct {
	Kind, Name string
}

type pageVerdict struct {
	Class, Kind, Word string
	Marks             []string // what the class has to prove; none if it is refused
}

func (m Matrix) page(source string) page {
	p := page{Source: source, Rows: len(m.Rows), Apps: slices.Contains(m.Classes, requireApp), Steps: m.hasSteps()}
	for _, class := range m.Classes {
		kind, name := kindAndName(class)
		p.Classes = append(p.Classes, pageClass{ID: class, Kind: kind, Name: name})
	}
	at := map[string]int{}
	for _, row := range m.Rows {
		typename, rest, _ := strings.Cut(row.Coordinate, ".")
		if _, known := at[typename]; !known {
			at[typename] = len(p.Groups)
			p.Groups = append(p.Groups, pageGroup{Type: typename})
		}
		group := &p.Groups[at[typename]]
		group.Rows = append(group.Rows, m.pageRow(row, typename, rest))
	}
	slices.SortStableFunc(p.Groups, func(a, b pageGroup) int { return rank(a.Type) - rank(b.Type) })
	return p
}

func (m Matrix) pageRow(row MatrixRow, typename, rest string) pageRow {
	shown := pageRow{Coordinate: row.Coordinate, Type: typename, Rest: rest, Requirement: row.Requirement}
	for _, any := range row.Required {
		var needs []pageNeed
		for _, need := range any {
			kind, name := kindAndName(need)
			needs = append(needs, pageNeed{Kind: kind, Name: name})
		}
		shown.Clauses = append(shown.Clauses, needs)
	}
	for _, class := range m.Classes {
		kind, _ := kindAndName(class)
		word, marks, _ := strings.Cut(row.cell(class), " ")
		shown.Verdicts = append(shown.Verdicts, pageVerdict{Class: class, Kind: kind, Word: word, Marks: strings.Fields(marks)})
	}
	return shown
}

// kindAndName splits role:admin. A text without a kind is its own kind and
// name.
func kindAndName(need string) (kind, name string) {
	if kind, name, named := strings.Cut(need, ":"); named {
		return kind, name
	}
	return need, need
}

// rank sorts the operation types, by their usual names, before all others.
func rank(typename string) int {
	if at := slices.Index([]string{"Query", "Mutation", "Subscription"}, typename); at >= 0 {
		return at
	}
	return 3
}
