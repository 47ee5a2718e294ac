// Package inprocess has only tests: of replicas that share one database, in the
// test's own process. They take the database away, keep replicas from learning of
// changes, and replace keys, secrets and hashers.
package inprocess
