// Package transport is GraphQL over HTTP: it reads requests from bodies and
// URLs, and writes answers. It knows no schema and no callers.
package transport
