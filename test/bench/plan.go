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

	"gatehouse/test/bench/report"
)

// serviceName is the application_name of the service's connections.
const serviceName = "gatehouse-measured"

// A watch collects the statements that the service sends during a measurement.
type watch struct {
	database *database
	seen     map[string]bool
}

// during collects the statements sent until the returned function is called.
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
				w.poll(ctx, since)
			case <-ctx.Done():
			}
		}
	}()
	return func() { stop(); <-ended }, nil
}

// poll adds the current or last statements of the service's connections.
func (w *watch) poll(ctx context.Context, since time.Time) {
	const query = `
		SELECT DISTINCT query
		FROM pg_stat_activity
		WHERE application_name = $1 AND query_start > $2 AND query ~ '\$1' AND query ~ 'users|sessions'`
	rows, err := w.database.db.QueryContext(ctx, query, serviceName, since)
	if err != nil {
		return // this was the last poll, or the next one succeeds
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if rows.Scan(&text) == nil {
			w.seen[text] = true
		}
	}
	_ = rows.Err() // as above
}

// scans returns how often the tables of accounts and sessions were read completely so far. The
// database's counters are a second late.
func (d *database) scans(ctx context.Context) (n int, err error) {
	const query = `SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname IN ('users', 'sessions')`
	err = d.db.QueryRowContext(ctx, query).Scan(&n)
	return n, err
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// explain returns the plans of the statements. Statements with a pattern are planned for the given
// values, as in the service; all others for any values, as prepared statements are.
func (d *database) explain(ctx context.Context, trial string, seen *watch, values []string) ([]report.Plan, error) {
	var all []report.Plan
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

// planOf has the database prepare the statement and explain how it would run it. It does not run
// it.
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

// parameters returns the number of a statement's last parameter.
func parameters(statement string) int {
	last := 0
	for _, found := range parameter.FindAllStringSubmatch(statement, -1) {
		var n int
		_, _ = fmt.Sscan(found[1], &n) // only digits
		last = max(last, n)
	}
	return last
}

// beginning returns enough of a statement to recognize it, on one line.
func beginning(statement string) string {
	const most = 90
	line := strings.Join(strings.Fields(statement), " ")
	// The tables after the selected columns say what a statement does.
	if head, tail, found := strings.Cut(line, " FROM "); found && strings.HasPrefix(head, "SELECT") {
		line = "SELECT ... FROM " + tail
	}
	if len(line) > most {
		line = line[:most] + "..."
	}
	return line
}

// A node is a step of a plan in EXPLAIN (FORMAT JSON).
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	By       string `json:"Index Cond"`
	Filter   string
	Plans    []node
}

// parsePlan finds what a plan reads with which index, and which tables it reads completely.
func parsePlan(text string) (report.Plan, error) {
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return report.Plan{}, fmt.Errorf("parse plan: %w", err)
	}
	p := report.Plan{Indexes: []string{}, Walked: []string{}, Whole: []string{}}
	for _, one := range plans {
		one.Plan.addTo(&p)
	}
	slices.Sort(p.Indexes)
	p.Indexes = slices.Compact(p.Indexes)
	return p, nil
}

func (n node) addTo(p *report.Plan) {
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
		below.addTo(p)
	}
}

// megabytes returns the size of the database.
func (d *database) megabytes(ctx context.Context) (float64, error) {
	var bytes float64
	err := d.db.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes)
	return bytes / mega, err
}

// connections returns the number of the service's connections.
func (d *database) connections(ctx context.Context) (n int, err error) {
	err = d.db.QueryRowContext(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", serviceName).Scan(&n)
	return n, err
}
