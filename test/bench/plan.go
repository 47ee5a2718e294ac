package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A plan is how the database finds what a statement of the service asks for. The statement is the one that the service sent, as the database
// saw it, so that none is written down twice.
type plan struct {
	Trial     string   `json:"trial"`
	Statement string   `json:"statement"` // its beginning
	Indexes   []string `json:"indexes"`   // by which it finds rows
	Walked    []string `json:"walked"`    // the indexes that it reads from one end to the other, to pick out what a condition meets
	Whole     []string `json:"whole"`     // the tables that it reads so
}

// Access says in a few words what the plan reads.
func (p plan) Access() string {
	if all := slices.Concat(p.Whole, p.Walked); len(all) > 0 {
		return "all of " + strings.Join(all, ", ")
	}
	return strings.Join(p.Indexes, ", ")
}

// serviceName is what the connections of the service are called.
const serviceName = "gatehouse-measured"

// A watch collects the statements that the service sends while it is measured.
type watch struct {
	database *database
	seen     map[string]bool
}

// during collects what is sent from now on, until the function it returns is called.
func (w *watch) during(ctx context.Context) (end func(), err error) {
	var since time.Time
	if err := w.database.db.QueryRowContext(ctx, "SELECT clock_timestamp()").Scan(&since); err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		every := time.NewTicker(5 * time.Millisecond)
		defer every.Stop()
		for ctx.Err() == nil {
			select {
			case <-every.C:
				w.look(ctx, since)
			case <-ctx.Done():
			}
		}
	}()
	return func() { stop(); <-ended }, nil
}

// look adds the statements that the service's connections are at, or were at last.
func (w *watch) look(ctx context.Context, since time.Time) {
	const query = `
		SELECT DISTINCT query
		FROM pg_stat_activity
		WHERE application_name = $1 AND query_start > $2 AND query ~ '\$1' AND query ~ 'users|sessions'`
	rows, err := w.database.db.QueryContext(ctx, query, serviceName, since)
	if err != nil {
		return // it was the last look, or the next will tell
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if rows.Scan(&text) == nil {
			w.seen[text] = true
		}
	}
	_ = rows.Err() // likewise
}

// scans are how often the tables of accounts and sessions were read from one end to the other so far. The database counts late, by a second.
func (d *database) scans(ctx context.Context) (n int, err error) {
	const query = `SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('users', 'sessions')`
	err = d.db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// explain asks the database for the plans of the statements. Those that are like a pattern are planned for the values given, as the service has
// it; all others for any values, as prepared statements are.
func (d *database) explain(ctx context.Context, trial string, seen *watch, values []string) ([]plan, error) {
	var all []plan
	for _, statement := range slices.Sorted(maps.Keys(seen.seen)) {
		var given []string
		mode := "force_generic_plan"
		if values != nil && strings.Contains(statement, " LIKE ") {
			given, mode = values, "force_custom_plan"
		}
		text, err := d.planOf(ctx, statement, mode, given)
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", statement, err)
		}
		p, err := parsePlan(text)
		if err != nil {
			return nil, err
		}
		p.Trial, p.Statement = trial, beginning(statement)
		all = append(all, p)
	}
	return all, nil
}

// planOf has the database prepare the statement and say how it would run it. It does not run it.
func (d *database) planOf(ctx context.Context, statement, mode string, values []string) (text string, err error) {
	conn, err := d.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	arguments := make([]string, parameters(statement))
	for i := range arguments {
		arguments[i] = "NULL"
		if i < len(values) {
			arguments[i] = "'" + strings.ReplaceAll(values[i], "'", "''") + "'"
		}
	}
	for _, step := range []string{"SET plan_cache_mode = " + mode, "PREPARE measured AS " + statement} {
		if _, err := conn.ExecContext(ctx, step); err != nil {
			return "", err
		}
	}
	defer func() { _, _ = conn.ExecContext(ctx, "DEALLOCATE measured") }()
	err = conn.QueryRowContext(ctx, "EXPLAIN (FORMAT JSON) EXECUTE measured("+strings.Join(arguments, ", ")+")").Scan(&text)
	return text, err
}

// parameters is the number of the last parameter of a statement.
func parameters(statement string) int {
	last := 0
	for _, found := range parameter.FindAllStringSubmatch(statement, -1) {
		var n int
		_, _ = fmt.Sscan(found[1], &n) // digits only
		last = max(last, n)
	}
	return last
}

// beginning is as much of a statement as tells it from others, in one line.
func beginning(statement string) string {
	const most = 90
	line := strings.Join(strings.Fields(statement), " ")
	// What a statement is about comes behind the columns that it selects.
	if head, tail, found := strings.Cut(line, " FROM "); found && strings.HasPrefix(head, "SELECT") {
		line = "SELECT ... FROM " + tail
	}
	if len(line) > most {
		line = line[:most] + "..."
	}
	return line
}

// A node is a step of a plan, as EXPLAIN (FORMAT JSON) has it.
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	By       string `json:"Index Cond"`
	Filter   string
	Plans    []node
}

// parsePlan finds what a plan reads by which index, and which tables as a whole.
func parsePlan(text string) (plan, error) {
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return plan{}, fmt.Errorf("a plan: %w", err)
	}
	p := plan{Indexes: []string{}, Walked: []string{}, Whole: []string{}}
	for _, one := range plans {
		p.add(one.Plan)
	}
	slices.Sort(p.Indexes)
	p.Indexes = slices.Compact(p.Indexes)
	return p, nil
}

func (p *plan) add(n node) {
	if n.Index != "" {
		p.Indexes = append(p.Indexes, n.Index)
	}
	if n.Index != "" && n.By == "" && n.Filter != "" {
		p.Walked = append(p.Walked, n.Index)
	}
	if n.Type == "Seq Scan" {
		p.Whole = append(p.Whole, n.Relation)
	}
	for _, below := range n.Plans {
		p.add(below)
	}
}

// megabytes is the size of the database.
func (d *database) megabytes(ctx context.Context) (float64, error) {
	var bytes float64
	err := d.db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	return bytes / mega, err
}

// connections is how many the service has.
func (d *database) connections(ctx context.Context) (n int, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", serviceName).Scan(&n)
	return n, err
}
