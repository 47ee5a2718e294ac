// Package conformance has only tests. They send every operation that a schema
// gives reason for, as every class of callers, and compare the answers with an
// oracle that reads the directives in the schema and shares no code with
// auth/policy. They do so for the service's own schema and for that of package
// nasty, which is hard to guard. Removing any directive must make a trial fail.
package conformance
