package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/XSAM/otelsql"
	semconv "go.opentelemetry.io/otel/semconv/v1.40.0"
	"go.opentelemetry.io/otel/trace"
)

// traced returns a sql.OpenDB that makes a span for each statement of a traced request.
// A span has the text of the statement, in which values are $n. It has neither values
// nor error messages, which quote them.
func traced(provider trace.TracerProvider) func(driver.Connector) *sql.DB {
	within := func(ctx context.Context, _ otelsql.Method, _ string, _ []driver.NamedValue) bool {
		return trace.SpanContextFromContext(ctx).IsValid()
	}
	return func(connector driver.Connector) *sql.DB {
		return otelsql.OpenDB(connector, otelsql.WithTracerProvider(provider), otelsql.WithAttributes(semconv.DBSystemNamePostgreSQL),
			otelsql.WithSpanOptions(otelsql.SpanOptions{
				OmitConnResetSession: true, OmitRows: true, DisableErrSkip: true, SpanFilter: within,
				RecordError: func(error) bool { return false },
			}))
	}
}
