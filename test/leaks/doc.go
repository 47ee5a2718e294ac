// Package leaks has only tests: that secrets appear in no answer, log, metric or
// trace, and that a dump of the database is useless to an attacker.
package leaks
