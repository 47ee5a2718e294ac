// Package auth decides: who somebody is, what they may do to whom, and when a session has ended.
//
// It knows neither GraphQL nor SQL. What it needs remembered it asks of the interfaces declared beside their use, which package
// store implements; what it decides, package graph puts into words for a client.
package auth
