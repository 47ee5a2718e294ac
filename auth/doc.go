// Package auth decides: who a caller is, what they may do to which account, and when a
// session has ended.
//
// It knows neither GraphQL nor SQL nor HTTP. Package store implements the
// interfaces that stand beside their use; package graph words the decisions for
// clients.
//
// [Sessions] logs accounts in and out, [Accounts] changes them. An
// [Authenticator] turns a request's credential into a [Principal].
package auth
