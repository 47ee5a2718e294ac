// Package api has only tests: of the service through its GraphQL API and the
// HTTP around it, in whole requests to a whole service.
package api
