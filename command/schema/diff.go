package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gatehouse/auth/policy"
)

type policyDiff struct {
	Format string `enum:"text,json" default:"text" help:"text or json."`
	Old    string `arg:"" help:"The schema as it was: a file or folder; - is standard input."`
	New    string `arg:"" help:"The schema as it is."`
}

// Help is what the command's own help says beside its flags.
func (policyDiff) Help() string {
	return `widened: somebody may reach it who might not. narrowed: the other way round. moved: both. new, gone: the coordinate came or went.
Only widened and moved ones make the exit status 1. A new one does not, but says to which data it opens a way, for somebody to look at.
It compares what the directives mean, not how they are written.

Examples:

    git show main:schema.graphqls | gatehouse policy diff - schema.graphqls
    gatehouse policy diff --format json old/ graph/`
}

// Run compares two schemas.
func (c *policyDiff) Run(t *session) error {
	from, err := t.policyOf([]string{c.Old})
	if err != nil {
		return fmt.Errorf("the old schema: %w", err)
	}
	to, err := t.policyOf([]string{c.New})
	if err != nil {
		return fmt.Errorf("the new schema: %w", err)
	}
	differences := policy.Diff(from, to)
	if err := c.print(t, differences); err != nil {
		return err
	}
	widened := 0
	for _, d := range differences {
		if d.Widens() {
			widened++
		}
	}
	if widened > 0 {
		return fmt.Errorf("access widened at %s", count(widened, "coordinate"))
	}
	return nil
}

func (c *policyDiff) print(t *session, all []policy.Difference) error {
	if c.Format == "json" {
		return t.json(all)
	}
	if len(all) == 0 {
		return t.say("nobody's access changed")
	}
	order := []policy.Movement{policy.Widened, policy.Moved, policy.New, policy.Narrowed, policy.Gone}
	slices.SortStableFunc(all, func(a, b policy.Difference) int {
		return cmp.Compare(slices.Index(order, a.Movement), slices.Index(order, b.Movement))
	})
	rows := columns(t.stdout)
	for _, d := range all {
		_, _ = fmt.Fprintf(rows, "%s\t%s\t%s\n", d.Movement, d.Coordinate, printable(change(d)))
	}
	return rows.Flush()
}

// change says what a coordinate asked for and asks for.
func change(d policy.Difference) string {
	switch {
	case d.Movement == policy.Gone:
		return d.Old
	case d.Movement != policy.New:
		return d.Old + " -> " + d.New
	case len(d.Leads) > 0:
		return d.New + "; a new way to " + strings.Join(d.Leads, ", ")
	}
	return d.New
}
