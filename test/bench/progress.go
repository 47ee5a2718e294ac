package main

import (
	"fmt"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// A progress tells a person at the terminal what is being measured, and how much there is to come. Elsewhere it is a line for each thing.
type progress struct {
	to   *os.File
	bar  *progressbar.ProgressBar // nil where nobody watches
	last string
}

// newProgress shows how far so many steps have come.
func newProgress(to *os.File, steps int, unit string) *progress {
	p := &progress{to: to}
	if term.IsTerminal(int(to.Fd())) {
		p.bar = progressbar.NewOptions(steps, progressbar.OptionSetWriter(to), progressbar.OptionShowCount(), progressbar.OptionSetItsString(unit),
			progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	return p
}

// say tells what is going on.
func (p *progress) say(what string) {
	switch {
	case p.bar != nil:
		p.bar.Describe(fmt.Sprintf("%-40s", what))
	case what != p.last:
		fmt.Fprintln(p.to, what)
	}
	p.last = what
}

// step says that n steps are done.
func (p *progress) step(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n)
	}
}
