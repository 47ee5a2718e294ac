package report

import (
	"fmt"
	"strings"
)

// page returns a page with the report in it. The report replaces the text between two marks, <!--
// figures --> or <!-- growth --> and <!-- end -->. If the page has no marks, the result is the
// report alone.
func (r *Report) page(before string) string {
	mark := "<!-- figures -->\n"
	if r.Growth != nil {
		mark = "<!-- growth -->\n"
	}
	head, rest, marked := strings.Cut(before, mark)
	_, tail, ends := strings.Cut(rest, "<!-- end -->")
	if !marked || !ends {
		return r.markdown()
	}
	return head + mark + "\n" + r.markdown() + "\n<!-- end -->" + tail
}

// markdown writes the report as the tables of docs/performance.md.
func (r *Report) markdown() string {
	var b strings.Builder
	b.WriteString(wrap(r.Machine.String()+" "+r.method()) + "\n")
	if len(r.Results) > 0 {
		table(&b, "case", "server", "CPU µs/request", "requests/s", "p50 ms", "p99 ms", "p99.9 ms", "CPU ratio", "rate ratio")
		for _, one := range r.Results {
			for _, m := range one.Contestants {
				line(&b, one.Name, m.Name, orDash(m.CPU), m.Rate.String(), latency(m.P50), latency(m.P99), latency(m.P999),
					orDash(m.CPURatio), orDash(m.RateRatio))
			}
		}
		b.WriteString("\n")
		for _, one := range r.Results {
			fmt.Fprintf(&b, "- `%s`: `%s`\n", one.Name, one.Asked)
		}
	}
	if len(r.Singles) > 0 {
		table(&b, "what", "measured")
		for _, s := range r.Singles {
			line(&b, s.What, s.Value.String()+" "+s.Unit)
		}
	}
	if len(r.Figures) > 0 {
		table(&b, "figure", "target", "margin", "measured", "")
		for _, f := range r.Figures {
			line(&b, f.Name, f.target(), fmt.Sprintf("%.0f %%", f.Margin*100), f.Value.String(), map[bool]string{true: "missed", false: "met"}[f.Missed])
		}
	}
	if r.Growth != nil {
		r.Growth.markdown(&b)
	}
	return b.String()
}

// wrap breaks a text into lines of at most 100 bytes.
func wrap(text string) string {
	var b strings.Builder
	column := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case column == 0:
		case column+1+len(word) > 100:
			b.WriteString("\n")
			column = 0
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// table starts a table with these columns.
func table(b *strings.Builder, columns ...string) {
	b.WriteString("\n")
	line(b, columns...)
	b.WriteString("|" + strings.Repeat("---|", len(columns)) + "\n")
}

// line adds a row to a table.
func line(b *strings.Builder, cells ...string) {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}
