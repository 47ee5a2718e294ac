// Command bench compares Gatehouse with a server written by hand for the same answers (yardstick),
// and with itself without authorization (unguarded), in one run on one machine. With -peer it also
// runs other projects' servers. It prints ratios that anyone can reproduce. Run go run ./test/bench
// from the root of the module.
//
// All run as processes on one temporary PostgreSQL, which doesn't wait for the disk, so that no
// disk is measured. The first figure is the CPU time of the server's process per request: it
// depends neither on what else the machine does nor on the load generator, which on a small machine
// is saturated before the servers are. Requests per second come second.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gatehouse/auth/password"
	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
)

// maxDecide limits how long decisions are measured, because they are steady.
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

// leastPeople is the least number of accounts.
const leastPeople = 300

// errUsage is an error in the command line.
var errUsage = errors.New("see -help")

// run does what the arguments ask for. The error lists the missed targets.
func run(ctx context.Context, args []string, out io.Writer, progress *os.File) error {
	o, files, err := parse(args, progress)
	if err != nil {
		return err
	}
	r, err := o.run(ctx, progress)
	if r != nil { // keep what was measured before an error
		err = errors.Join(err, r.Print(out), files.Write(r))
	}
	if err != nil {
		return err
	}
	if o.quick || o.profile != "" {
		return nil
	}
	if r.Growth != nil {
		return r.Growth.Faults()
	}
	return report.Missed(r.Figures)
}

// parse parses the arguments.
func parse(args []string, help io.Writer) (options, report.Files, error) {
	var o options
	var files report.Files
	var peers []string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(help)
	cases := flags.String("cases", "", "the cases to run, separated by commas; all if empty: "+strings.Join(caseNames(), ", "))
	flags.IntVar(&o.rounds, "rounds", 5, "how often each contestant is loaded; an odd number, for a median")
	flags.DurationVar(&o.slice, "for", 4*time.Second, "how long each time, after a quarter of it to warm up")
	flags.IntVar(&o.connections, "connections", 16, "the number of connections")
	flags.IntVar(&o.rate, "rate", 300, "requests per second of the mix")
	flags.IntVar(&o.people, "people", 1000, "the number of accounts")
	flags.StringVar(&o.load, "load", "wrk", "the load generator: wrk or own")
	flags.BoolVar(&o.quick, "quick", false, "run once, briefly, with -load own, to see that it works; no target counts")
	flags.Func("peer", "also run another project's server, given as `name=path` of its program; may be repeated; the names are authorizer and supabase-auth",
		func(text string) error { peers = append(peers, text); return nil })
	flags.StringVar(&o.profile, "profile", "", "measure nothing: write the service's CPU profile under all cases to this `file`, as in deploy/default.pgo")
	grow := flags.String("grow", "", "measure growth instead, with these numbers of accounts, such as 1000,100000,2000000")
	replicas := flags.String("replicas", "1,2,4", "with -grow, then measure these numbers of replicas; none if empty")
	flags.StringVar(&files.JSON, "json", "", "write everything to this `file` as JSON")
	flags.StringVar(&files.SVG, "svg", "", "write a picture to this `file`")
	flags.StringVar(&files.Markdown, "markdown", "", "write the tables to this `file`, between its marks if it has them, as in docs/performance.md")
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
	if o.others, err = programs(peers); err != nil {
		return o, files, err
	}
	if o.quick {
		o.rounds, o.slice, o.load, o.rate = 1, 100*time.Millisecond, "own", 100
	}
	return o, files, o.check(flags.Args())
}

// numbers parses a list of positive numbers.
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

// check finds invalid options. Its errors wrap errUsage.
func (o *options) check(rest []string) error {
	for _, name := range o.cases {
		if !slices.Contains(caseNames(), name) {
			return fmt.Errorf("unknown case %q; the cases are %s: %w", name, strings.Join(caseNames(), ", "), errUsage)
		}
	}
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is not a flag: %w", rest[0], errUsage)
	case o.load != "wrk" && o.load != "own":
		return fmt.Errorf("-load must be wrk or own: %w", errUsage)
	case o.load == "wrk" && o.slice < time.Second:
		return fmt.Errorf("wrk needs a second at least, -load own any time: %w", errUsage)
	case o.rounds < 1 || o.connections < 1 || o.rate < 1 || o.slice <= 0:
		return fmt.Errorf("-rounds, -for, -connections and -rate must be positive: %w", errUsage)
	case len(o.sizes) > 0 && len(o.others) > 0:
		return fmt.Errorf("-grow measures Gatehouse alone: leave out -peer: %w", errUsage)
	case o.profile != "" && len(o.sizes)+len(o.others) > 0:
		return fmt.Errorf("-profile is of Gatehouse alone: leave out -grow and -peer: %w", errUsage)
	case !slices.IsSorted(o.sizes) || len(slices.Compact(slices.Clone(o.sizes))) != len(o.sizes):
		return fmt.Errorf("-grow must be in ascending order: %w", errUsage)
	case len(o.sizes) > 0 && o.sizes[0] < leastPeople || o.people < leastPeople:
		return fmt.Errorf("at least %d accounts are needed, so that every user has a session: %w", leastPeople, errUsage)
	}
	return nil
}

// caseNames returns the names for -cases.
func caseNames() (names []string) {
	for _, t := range trials() {
		names = append(names, t.name)
	}
	for _, s := range probes() {
		names = append(names, s.name)
	}
	for _, t := range growthTrials() {
		if !slices.Contains(names, t.name) {
			names = append(names, t.name)
		}
	}
	return names
}

// wanted reports whether a case was selected.
func (o *options) wanted(name string) bool {
	return len(o.cases) == 0 || slices.Contains(o.cases, name)
}

// run prepares everything, measures, and cleans up. A report returned with an error contains what
// was measured before the error.
func (o options) run(ctx context.Context, to *os.File) (*report.Report, error) {
	b := &bench{options: o, ours: map[int]*load.Link{}, theirs: map[int]*load.Link{}, pgbench: load.FindPgbench(), progress: newProgress(to, o.steps(), "rounds")}
	b.progress.show("building, and starting a database")
	service, err := o.service(ctx)
	if err != nil {
		return nil, err
	}
	if b.testbed, err = newTestbed(ctx, service); err != nil {
		return nil, err
	}
	defer b.close()
	if b.hasher, err = password.NewHasher(password.Argon2id, 1, 1); err != nil {
		return nil, err
	}
	b.generate = load.Own
	if o.load == "wrk" {
		w, err := load.NewWrk(b.dir)
		if err != nil {
			return nil, err
		}
		b.generate = w.Generate
	}
	r := &report.Report{Machine: report.ThisMachine(b.database.version), Rounds: b.rounds, Slice: b.slice.String(), Load: b.load, Rate: b.rate}
	if len(o.sizes) > 0 {
		r.Growth, err = b.grow(ctx)
		return r, err
	}
	if err := b.populate(ctx, o.people); err != nil {
		return nil, err
	}
	if err := b.startUnguarded(ctx); err != nil {
		return nil, err
	}
	if o.profile != "" {
		return nil, b.record(ctx, o.profile)
	}
	if err := b.startPeers(ctx, o.others, o.connections); err != nil {
		return nil, err
	}
	return r, b.all(ctx, r)
}

// steps returns the number of rounds in all.
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
	for _, s := range probes() {
		if o.wanted(s.name) {
			n += o.rounds
		}
	}
	return n
}

// all runs the selected trials and probes.
func (b *bench) all(ctx context.Context, r *report.Report) error {
	for _, t := range trials() {
		if !b.wanted(t.name) {
			continue
		}
		one, err := b.runTrial(ctx, t)
		if err != nil {
			return err
		}
		r.Results = append(r.Results, one)
	}
	for _, s := range probes() {
		if !b.wanted(s.name) {
			continue
		}
		singles, err := s.measure(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.Singles = append(r.Singles, singles...)
	}
	r.Figures = report.Figures(r.Results, r.Singles)
	return nil
}
