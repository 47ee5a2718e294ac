package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progress shows a user at a terminal what is being measured, and how much is left. Elsewhere it
// prints a line for each thing.
type progress struct {
	to   *os.File
	bar  *progressbar.ProgressBar // nil without a terminal
	last string
}

// newProgress shows the progress of the given number of steps.
func newProgress(to *os.File, steps int, unit string) *progress {
	p := &progress{to: to}
	if term.IsTerminal(int(to.Fd())) {
		p.bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(to), progressbar.OptionShowCount(), progressbar.OptionSetItsString(unit),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	return p
}

// show shows what is being done.
func (p *progress) show(what string) {
	switch {
	case p.bar != nil:
		p.bar.Describe(fmt.Sprintf("%-40s", what))
	case what != p.last:
		fmt.Fprintln(p.to, what)
	}
	p.last = what
}

// step reports that n steps are done.
func (p *progress) step(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n)
	}
}
