package schema

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gatehouse/auth/policy"
	"gatehouse/command/terminal"
)

type diffCommand struct {
	terminal.JSONFlag
	Format string `enum:"text,json" default:"text" help:"text or json."`
	Old    string `arg:"" predictor:"file" help:"The old schema: a file or folder; - is standard input."`
	New    string `arg:"" predictor:"file" help:"The new schema."`
}

// Help is shown by policy diff --help.
func (diffCommand) Help() string {
	return `widened: some callers gained access. narrowed: some callers lost it. moved: both. new, gone: the
coordinate was added or removed. Only widened and moved coordinates make the exit status 1. A new
one doesn't, but it names the types it leads to, for you to review. The comparison is of what the
directives mean, not of how they are written.

Examples:

    git show main:schema.graphqls | gatehouse policy diff - schema.graphqls
    gatehouse policy diff --json old/ graph/`
}

// Run compares two schemas.
func (c *diffCommand) Run(ctx context.Context, t *terminal.Terminal) error {
	from, err := compile(ctx, t, []string{c.Old})
	if err != nil {
		return fmt.Errorf("the old schema: %w", err)
	}
	to, err := compile(ctx, t, []string{c.New})
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
		return fmt.Errorf("access widened at %s", terminal.Count(widened, "coordinate"))
	}
	return nil
}

func (c *diffCommand) print(t *terminal.Terminal, all []policy.Difference) error {
	if c.JSON || c.Format == "json" {
		return t.JSON(all)
	}
	if len(all) == 0 {
		return t.Printf("access is unchanged")
	}
	order := []policy.Movement{policy.Widened, policy.Moved, policy.New, policy.Narrowed, policy.Gone}
	slices.SortStableFunc(all, func(a, b policy.Difference) int {
		return cmp.Compare(slices.Index(order, a.Movement), slices.Index(order, b.Movement))
	})
	table := t.Table()
	for _, d := range all {
		table.Row(string(d.Movement), d.Coordinate, change(d))
	}
	return table.Flush()
}

// change says what a coordinate required and what it requires now.
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
