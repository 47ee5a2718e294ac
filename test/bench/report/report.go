// Package report writes what the bench measured, as tables, pictures and JSON,
// and compares it with the targets.
package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// A Report is everything that a run measured.
type Report struct {
	Machine Machine  `json:"machine"`
	Rounds  int      `json:"rounds"`
	Slice   string   `json:"slice"`
	Load    string   `json:"load"`
	Rate    int      `json:"mix_rate"`
	Results []Result `json:"results,omitempty"`
	Singles []Single `json:"singles,omitempty"`
	Figures []Figure `json:"figures,omitempty"`
	Growth  *Growth  `json:"growth,omitempty"`
}

// Print writes the report as tables for a terminal.
func (r *Report) Print(to io.Writer) error {
	fmt.Fprintf(to, "%s\n%s\n", r.Machine, r.method())
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	if len(r.Results) > 0 {
		fmt.Fprintln(w, "\ncase\tserver\tCPU µs/request\trequests/s\tp50 ms\tp99 ms\tCPU ratio\trate ratio")
	}
	for _, one := range r.Results {
		for _, m := range one.Contestants {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", one.Name, m.Name, orDash(m.CPU), m.Rate, latency(m.P50), latency(m.P99),
				orDash(m.CPURatio), orDash(m.RateRatio))
		}
	}
	if len(r.Singles) > 0 {
		fmt.Fprintln(w)
	}
	for _, s := range r.Singles {
		fmt.Fprintf(w, "%s\t%s %s\n", s.What, s.Value, s.Unit)
	}
	if len(r.Figures) > 0 {
		fmt.Fprintln(w, "\nfigure\ttarget\tmargin\tmeasured\t")
	}
	for _, f := range r.Figures {
		fmt.Fprintf(w, "%s\t%s\t%.0f %%\t%s\t%s\n", f.Name, f.target(), f.Margin*100, f.Value, map[bool]string{true: "MISSED", false: "met"}[f.Missed])
	}
	if r.Growth != nil {
		r.Growth.print(w)
	}
	return w.Flush()
}

// method returns how the report was measured.
func (r *Report) method() string {
	return fmt.Sprintf("%d alternating rounds of %s, load by %s; medians [least-greatest]. CPU is the user and system time of the server's process. "+
		"Ratios above 1 are in favour of Gatehouse.", r.Rounds, r.Slice, r.Load)
}

// latency formats a median in ms. Not every generator measures it.
func latency(s Spread) string {
	if s.Median == 0 {
		return "-"
	}
	return digits(s.Median)
}

func orDash(s *Spread) string {
	if s == nil {
		return "-"
	}
	return s.String()
}
