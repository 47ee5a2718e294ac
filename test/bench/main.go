// Command bench measures what "fast" is: Gatehouse beside a server that is written by hand for the same answers (yardstick), in one run on one
// machine, with ratios that anyone can print. go run ./test/bench, from the root of the module.
//
// Both run as processes of their own on one throw-away Postgres, which like the tests' is not safe from a crash, so that no disk is measured.
// The first figure is the processor time of the server's process for each request: it does not depend on what else the machine does, nor on
// the generator of the load, which on a small machine is saturated before the servers are. Requests per second come second.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gatehouse/auth/password"
)

// maxDecide is for how long deciding is measured at most: it is steady.
const maxDecide = time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// leastPeople is how many accounts there must be.
const leastPeople = 300

// errUsage is what can't be understood of the command line.
var errUsage = errors.New("see -help")

// outputs are the files that a report goes to, "" for none.
type outputs struct{ json, svg, markdown string }

// run does what the arguments ask for. The error lists the figures that are missed, if any.
func run(ctx context.Context, args []string, out io.Writer, progress *os.File) error {
	o, files, err := parse(args, progress)
	if err != nil {
		return err
	}
	r, err := o.run(ctx, progress)
	if r != nil { // what was measured before a fault took long enough
		err = errors.Join(err, r.print(out), files.write(r))
	}
	if err != nil {
		return err
	}
	if o.quick {
		return nil
	}
	if r.Growth != nil {
		return r.Growth.faults()
	}
	return missed(r.Figures)
}

// missed is nil if every figure holds.
func missed(figures []figure) error {
	var list []string
	for _, f := range figures {
		if f.Missed {
			list = append(list, fmt.Sprintf("%s: %s, promised is %s with a margin of %.0f %%", f.Name, f.Value, f.promise(), f.Margin*100))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return errors.New("these figures are missed:\n  " + strings.Join(list, "\n  "))
}

// parse reads the arguments.
func parse(args []string, help io.Writer) (options, outputs, error) {
	var o options
	var files outputs
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(help)
	cases := flags.String("cases", "", "which cases, separated by commas; all if empty: "+strings.Join(caseNames(), ", "))
	flags.IntVar(&o.rounds, "rounds", 3, "how often each contestant is loaded; odd, for a median")
	flags.DurationVar(&o.slice, "for", 4*time.Second, "for how long each time, after a quarter of it to warm up")
	flags.IntVar(&o.connections, "connections", 16, "over how many connections")
	flags.IntVar(&o.rate, "rate", 300, "requests a second of the mix")
	flags.IntVar(&o.people, "people", 1000, "how many accounts there are")
	flags.StringVar(&o.load, "load", "wrk", "what makes the load: wrk, or own")
	flags.BoolVar(&o.quick, "quick", false, "once, for a moment, with -load own: to see that it works; no figure counts")
	grow := flags.String("grow", "", "instead, measure with so many accounts, such as 1000,100000,2000000")
	replicas := flags.String("replicas", "1,2,4", "and, with -grow, at last with so many replicas; none if empty")
	flags.StringVar(&files.json, "json", "", "write everything to this `file` as JSON")
	flags.StringVar(&files.svg, "svg", "", "write a picture to this `file`")
	flags.StringVar(&files.markdown, "markdown", "", "write the tables to this `file`, between its marks if it has them, as docs/performance.md does")
	if err := flags.Parse(args); err != nil {
		return o, files, err
	}
	if *cases != "" {
		o.cases = strings.Split(*cases, ",")
	}
	var err error
	if o.sizes, err = numbers(*grow); err != nil {
		return o, files, err
	}
	if o.replicas, err = numbers(*replicas); err != nil {
		return o, files, err
	}
	if o.quick {
		o.rounds, o.slice, o.load, o.rate = 1, 100*time.Millisecond, "own", 100
	}
	return o, files, o.check(flags.Args())
}

// numbers reads a list of positive numbers.
func numbers(text string) (list []int, err error) {
	for field := range strings.SplitSeq(text, ",") {
		if text == "" {
			break
		}
		n, err := strconv.Atoi(field)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is not a list of positive numbers: %w", text, errUsage)
		}
		list = append(list, n)
	}
	return list, nil
}

// check finds what can't be done. The error is errUsage.
func (o *options) check(rest []string) error {
	for _, name := range o.cases {
		if !slices.Contains(caseNames(), name) {
			return fmt.Errorf("there is no case %q, but %s: %w", name, strings.Join(caseNames(), ", "), errUsage)
		}
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is no flag: %w", rest[0], errUsage)
	case o.load != "wrk" && o.load != "own":
		return fmt.Errorf("-load is wrk or own: %w", errUsage)
	case o.load == "wrk" && o.slice < time.Second:
		return fmt.Errorf("wrk loads for a second at least, -load own for any time: %w", errUsage)
	case o.rounds < 1 || o.connections < 1 || o.rate < 1 || o.slice <= 0:
		return fmt.Errorf("-rounds, -for, -connections and -rate are positive: %w", errUsage)
	case !slices.IsSorted(o.sizes) || len(slices.Compact(slices.Clone(o.sizes))) != len(o.sizes):
		return fmt.Errorf("-grow goes from few to many: %w", errUsage)
	case len(o.sizes) > 0 && o.sizes[0] < leastPeople || o.people < leastPeople:
		return fmt.Errorf("there must be %d accounts at least, so that everybody who asks has a session: %w", leastPeople, errUsage)
	}
	return nil
}

// caseNames are the names that -cases knows.
func caseNames() (names []string) {
	for _, t := range trials() {
		names = append(names, t.name)
	}
	for _, s := range sights() {
		names = append(names, s.name)
	}
	for _, t := range growthTrials() {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	return names
}

// wanted reports whether a case is to be run.
func (o *options) wanted(name string) bool {
	return len(o.cases) == 0 || slices.Contains(o.cases, name)
}

// run sets everything up, measures, and takes everything down again. A report that comes with an error is of what was measured until then.
func (o options) run(ctx context.Context, to *os.File) (*report, error) {
	b := &bench{options: o, ours: map[int]*link{}, theirs: map[int]*link{}, pgbench: findPgbench(), progress: newProgress(to, o.steps(), "rounds")}
	b.progress.say("building, and starting a database")
	var err error
	if b.stand, err = newStand(ctx); err != nil {
		return nil, err
	}
	defer b.close()
	if b.hasher, err = password.NewHasher(password.Argon2id, 1, 1); err != nil {
		return nil, err
	}
	b.generate = own
	if o.load == "wrk" {
		w, err := newWrk(b.dir)
		if err != nil {
			return nil, err
		}
		b.generate = w.generate
	}
	r := &report{Machine: thisMachine(b.database.version), Rounds: b.rounds, Slice: b.slice.String(), Load: b.load, Rate: b.rate}
	if len(o.sizes) > 0 {
		r.Growth, err = b.grow(ctx)
		return r, err
	}
	if err := b.populate(ctx, o.people); err != nil {
		return nil, err
	}
	return r, b.all(ctx, r)
}

// steps is how many rounds there are in all.
func (o *options) steps() (n int) {
	if len(o.sizes) > 0 {
		for _, t := range growthTrials() {
			if o.wanted(t.name) {
				n += o.rounds * len(o.sizes)
			}
			if o.wanted(t.name) && t.replicated {
				n += o.rounds * len(o.replicas)
			}
		}
		return n
	}
	for _, t := range trials() {
		if o.wanted(t.name) {
			n += o.rounds
		}
	}
	for _, s := range sights() {
		if o.wanted(s.name) {
			n += o.rounds
		}
	}
	return n
}

// all runs the trials that are wanted, and looks at the sights.
func (b *bench) all(ctx context.Context, r *report) error {
	for _, t := range trials() {
		if !b.wanted(t.name) {
			continue
		}
		one, err := b.try(ctx, t)
		if err != nil {
			return err
		}
		r.Results = append(r.Results, one)
	}
	for _, s := range sights() {
		if !b.wanted(s.name) {
			continue
		}
		seen, err := s.look(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.Singles = append(r.Singles, seen...)
	}
	r.Figures = figures(r.Results, r.Singles)
	return nil
}

// write writes the files that are asked for.
func (f outputs) write(r *report) error {
	var all []error
	for _, file := range []struct {
		path string
		text func() ([]byte, error)
	}{
		{f.json, func() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }},
		{f.svg, func() ([]byte, error) { return []byte(r.svg()), nil }},
		{f.markdown, func() ([]byte, error) {
			before, err := os.ReadFile(f.markdown)
			if errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			return []byte(r.page(string(before))), err
		}},
	} {
		if file.path == "" {
			continue
		}
		text, err := file.text()
		if err == nil {
			err = os.WriteFile(file.path, append(bytes.TrimSpace(text), '\n'), 0o644)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}
