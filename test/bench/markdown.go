package main

import (
	"fmt"
	"strings"
)

// page is the text of a page with the report in it: in place of what stands between two marks, <!-- figures --> or <!-- growth --> and
// <!-- end -->, where the page has them; else the page is the report.
func (r *report) page(before string) string {
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
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", r.Machine, r.how())
	if len(r.Results) > 0 {
		table(&b, "case", "server", "CPU µs a request", "requests a second", "p50 ms", "p99 ms", "p99.9 ms", "CPU ratio", "rate ratio")
		for _, one := range r.Results {
			for _, m := range one.Contestants {
				line(&b, one.Name, m.Name, maybe(m.CPU), m.Rate.String(), latency(m.P50), latency(m.P99), latency(m.P999),
					maybe(m.CPURatio), maybe(m.RateRatio))
			}
		}
		b.WriteString("\n")
		for _, one := range r.Results {
			fmt.Fprintf(&b, "- `%s`: `%s`\n", one.Name, one.Asked)
		}
	}
	if len(r.Singles) > 0 {
		table(&b, "what", "here")
		for _, s := range r.Singles {
			line(&b, s.What, s.Value.String()+" "+s.Unit)
		}
	}
	if len(r.Figures) > 0 {
		table(&b, "figure", "promised", "margin", "here", "")
		for _, f := range r.Figures {
			line(&b, f.Name, f.promise(), fmt.Sprintf("%.0f %%", f.Margin*100), f.Value.String(), map[bool]string{true: "missed", false: "held"}[f.Missed])
		}
	}
	if r.Growth != nil {
		r.Growth.markdown(&b)
	}
	return b.String()
}

// table begins a table with these columns.
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
