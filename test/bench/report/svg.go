package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
)

// style has colours for light and dark backgrounds.
const style = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.quiet { fill: #57606a } .ours { fill: #0f5f66 } .theirs { fill: #8c959f } .ceiling { fill: #c9d1d9 } .line { stroke: #57606a; stroke-width: 1 }
.curve { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .quiet { fill: #9198a1 } .ours { fill: #6fd3d1 } .theirs { fill: #6e7681 } .ceiling { fill: #3d444d } .line { stroke: #9198a1 }
}
</style>
`

// A picture is an SVG being drawn.
type picture struct {
	strings.Builder
	height int
}

const pictureWidth = 860

// finish returns the picture with its head. title is the text for screen readers.
func (p *picture) finish(title string) string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`+"\n<title>%s</title>\n",
		pictureWidth, p.height, escaped(title), escaped(title)) + style + p.String() + "</svg>\n"
}

func (p *picture) text(x, y float64, class, anchor, text string) {
	fmt.Fprintf(p, `<text x="%.0f" y="%.0f" class="%s" text-anchor="%s">%s</text>`+"\n", x, y, class, anchor, escaped(text))
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // writing to a Builder can't fail
	return b.String()
}

// svg draws the report: growth if that was measured, else the CPU time of the servers.
func (r *Report) svg() string {
	if r.Growth != nil {
		return r.Growth.svg()
	}
	return bars(r.Results)
}

// bars shows the CPU time per request of each case, relative to the server written by hand.
func bars(results []Result) string {
	const left, scale, top, step, thick = 90, 380.0, 40, 18, 13
	p := &picture{height: top}
	p.text(left, 20, "quiet", "start", "CPU time of the server per request: shorter is better")
	for _, r := range results {
		theirs := find([]Result{r}, r.Name, ByHand)
		if theirs == nil || theirs.CPU == nil {
			continue
		}
		p.text(left-10, float64(p.height+step), "", "end", r.Name)
		for _, m := range r.Contestants {
			if m.CPU == nil {
				continue
			}
			class := map[string]string{Gatehouse: "ours", ByHand: "theirs"}[m.Name]
			if class == "" {
				class = "ceiling"
			}
			width := min(m.CPU.Median/theirs.CPU.Median, 1.5) * scale
			fmt.Fprintf(p, `<rect x="%d" y="%d" width="%.1f" height="%d" rx="2" class="%s"/>`+"\n", left, p.height, width, thick, class)
			p.text(left+width+8, float64(p.height+thick-2), "", "start", fmt.Sprintf("%s µs, %s", digits(m.CPU.Median), m.Name))
			p.height += step
		}
		p.height += 12
	}
	fmt.Fprintf(p, `<line x1="%.0f" y1="%d" x2="%.0f" y2="%d" class="line" stroke-dasharray="3 3"/>`+"\n", left+scale, top-6, left+scale, p.height-6)
	return p.finish("CPU time per request: Gatehouse, a server written by hand, and others")
}

// The area of the curves in a picture.
const (
	curvesLeft, curvesRight = 70.0, 620.0
	curvesTop, curvesHeight = 40.0, 260.0
)

// A curve is the results of a case for all sizes, as points in a picture.
type curve struct {
	name   string
	points []string
	end    float64 // the height of the last point
}

// svg draws the median latency of each case by the number of accounts, both on logarithmic scales.
func (g *Growth) svg() string {
	const title = "median latency (ms) by number of accounts"
	p := &picture{height: int(curvesTop + curvesHeight + 50)}
	p.text(curvesLeft, 20, "quiet", "start", title)
	if len(g.Sizes) < 2 {
		return p.finish(title)
	}
	most, least := g.extremes()
	y := func(ms float64) float64 {
		return curvesTop + curvesHeight - (math.Log10(ms)-least)/(most-least)*curvesHeight
	}
	for power := least; power <= most; power++ {
		at := y(math.Pow(10, power))
		fmt.Fprintf(p, `<line x1="%.0f" y1="%.0f" x2="%.0f" y2="%.0f" class="line" stroke-opacity="0.3"/>`+"\n", curvesLeft, at, curvesRight, at)
		p.text(curvesLeft-8, at+4, "quiet", "end", fmt.Sprintf("%g", math.Pow(10, power)))
	}
	for _, s := range g.Sizes {
		p.text(g.x(s.People), curvesTop+curvesHeight+20, "quiet", "middle", fmt.Sprint(s.People))
	}
	p.curves(g.curves(y))
	return p.finish(title)
}

// x returns the horizontal position of a number of accounts.
func (g *Growth) x(people int) float64 {
	from, to := math.Log10(float64(g.Sizes[0].People)), math.Log10(float64(g.Sizes[len(g.Sizes)-1].People))
	return curvesLeft + (math.Log10(float64(people))-from)/(to-from)*(curvesRight-curvesLeft)
}

// curves returns the curves of all cases, the lowest first.
func (g *Growth) curves(y func(ms float64) float64) []curve {
	var all []curve
	for _, r := range g.Sizes[0].Results {
		c := curve{name: r.Name}
		for _, s := range g.Sizes {
			if m := find(s.Results, r.Name, Gatehouse); m != nil {
				c.end = y(m.P50.Median)
				c.points = append(c.points, fmt.Sprintf("%.0f,%.0f", g.x(s.People), c.end))
			}
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b curve) int { return cmp.Compare(b.end, a.end) })
	return all
}

// curves draws them with their names at the end, without overlaps.
func (p *picture) curves(all []curve) {
	colours := []string{"#1f8a8f", "#bf8700", "#8250df", "#cf222e", "#0969da", "#6e7781"} // distinguishable on white and on black
	free := math.Inf(1)
	for i, c := range all {
		colour := colours[i%len(colours)]
		label := min(c.end, free)
		free = label - 15
		fmt.Fprintf(p, `<polyline points="%s" class="curve" stroke="%s"/>`+"\n", strings.Join(c.points, " "), colour)
		fmt.Fprintf(p, `<circle cx="%.0f" cy="%.0f" r="4" fill="%s"/>`+"\n", curvesRight+12, label, colour)
		p.text(curvesRight+22, label+4, "", "start", c.name)
	}
}

// extremes returns the powers of ten between which all medians lie.
func (g *Growth) extremes() (most, least float64) {
	most, least = math.Inf(-1), math.Inf(1)
	for _, s := range g.Sizes {
		for _, r := range s.Results {
			if m := find(s.Results, r.Name, Gatehouse); m != nil && m.P50.Median > 0 {
				most, least = max(most, math.Ceil(math.Log10(m.P50.Median))), min(least, math.Floor(math.Log10(m.P50.Median)))
			}
		}
	}
	return max(most, least+1), least
}
