package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"gatehouse/auth"
	"gatehouse/auth/apikey"
	"gatehouse/auth/bymail"
	"gatehouse/auth/oauth/clients"
	"gatehouse/graph/fault"
)

// An event is what a root field did, for the log: the caller, the account or
// session concerned, the client's network and the outcome. It has ids only. No
// email, name or secret that a client sent gets into it.
type event struct {
	field    string
	actor    *auth.Principal // nil: anonymous
	account  string          // that was changed, or that a login failed for
	session  string          // that ended, or whose token was refused
	sessions []string        // that a logout ended by their refresh tokens
	key      string          // the API key that ended, or that another replaced
	made     string          // the API key that was made
	invited  string          // the invitation that was made, or ended
	client   string          // the client that was made, changed or deleted, or whose grant was revoked
	resource string          // that was made or deleted
	network  string          // of the client
	err      error
}

// recorded returns a middleware that logs an event for each root field of a
// mutation, and is otherwise resolve.
func (e *execution) recorded(resolve graphql.FieldMiddleware) graphql.FieldMiddleware {
	return func(ctx context.Context, next graphql.Resolver) (any, error) {
		fc := graphql.GetFieldContext(ctx)
		if fc.Object != e.view.schema.Schema().Mutation.Name {
			return resolve(ctx, next)
		}
		caller := auth.Caller(ctx) // before the field can log out or in
		result, err := resolve(ctx, next)
		v := event{field: fc.Field.Name, actor: caller, err: err}
		if login, ok := result.(authenticated); ok && err == nil {
			v.actor = login.Principal()
			e.loggedIn = v.actor
		}
		if err == nil {
			v.result(result)
		}
		v.sessions = exchangeOf(ctx).takeEnded()
		e.logEvent(ctx, v, fc.Args)
		return result, err
	}
}

// result finds out what the field is about from what it returns.
func (v *event) result(result any) {
	switch made := result.(type) {
	case *string:
		if v.field == "deleteMe" {
			v.account = *made
		}
	case *apikey.NewKey:
		v.made = made.APIKey.ID
	case *clients.NewClient:
		v.client = made.Client.ID
	case *clients.Resource:
		v.resource = made.ID
	case *auth.User:
		if v.field == "createServiceAccount" || v.field == "verifyEmail" {
			v.account = made.ID
		}
	case *bymail.Invitation:
		v.invited = made.ID
	}
}

// refused logs an event for each root field that was refused before it ran.
func (e *execution) refused(ctx context.Context, field *ast.Field, refusal error) {
	e.logEvent(ctx, event{field: field.Name, actor: auth.Caller(ctx), err: refusal}, field.ArgumentMap(e.variables))
}

// limited logs an event for a root field that was used too often.
func (e *execution) limited(ctx context.Context, fc *graphql.FieldContext, err error) {
	var limit *auth.LimitError
	if e.operation.Operation == ast.Mutation || !errors.As(err, &limit) { // recorded logs a mutation
		return
	}
	e.logEvent(ctx, event{field: fc.Field.Name, actor: auth.Caller(ctx), err: err}, nil)
}

// logEvent logs the event of a field with these arguments.
func (e *execution) logEvent(ctx context.Context, v event, args map[string]any) {
	v.network = e.client.Network()
	v.aim(args)
	var room [19]slog.Attr
	e.handler.write(ctx, v.level(), "event", v.attributes(ctx, room[:0]))
}

// aim finds out what the field is about: from the arguments that are ids, and
// from the error.
func (v *event) aim(args map[string]any) {
	for _, name := range []string{"id", "userId", "clientId"} {
		text, _ := args[name].(string)
		id, err := uuid.Parse(text)
		switch {
		case err != nil: // it may be anything
		case v.field == "revokeSession":
			v.session = id.String()
		case v.field == "revokeInvitation":
			v.invited = id.String()
		case v.field == "revokeApiKey", v.field == "revokeAnyApiKey", v.field == "rotateApiKey":
			v.key = id.String()
		case v.field == "deleteResource":
			v.resource = id.String()
		case v.field == "revokeGrant", strings.Contains(v.field, "Client"):
			v.client = id.String()
		default:
			v.account = id.String()
		}
	}
	var subject *auth.SubjectError
	if errors.As(v.err, &subject) {
		v.account, v.session = subject.UserID, subject.SessionID
	}
}

// level is warning for what only an attack or a fault of a client explains.
func (v *event) level() slog.Level {
	if errors.Is(v.err, auth.ErrRefreshReused) {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// attributes appends to all what is logged of an event.
func (v *event) attributes(ctx context.Context, all []slog.Attr) []slog.Attr {
	outcome, reason := "ok", ""
	switch {
	case errors.Is(v.err, context.Canceled):
		outcome = "client_gone"
	case v.err != nil:
		g := visible(v.err, false)
		if g == nil {
			outcome = string(fault.CodeInternal)
			break
		}
		outcome = string(fault.CodeOf(g))
		if r, ok := g.Extensions["reason"]; ok {
			reason = fmt.Sprint(r) // a string, or a policy.Reason
		}
	}
	all = append(all, slog.String("request_id", requestID(ctx)), slog.String("event", v.field), slog.String("outcome", outcome))
	add := func(name, value string) {
		if value != "" {
			all = append(all, slog.String(name, value))
		}
	}
	add("reason", reason)
	if v.actor != nil {
		add("actor", v.actor.ID)
		if v.actor.SessionID != nil {
			add("actor_session", *v.actor.SessionID)
		}
		add("actor_key", v.actor.KeyID)
		if v.actor.ClientID != nil {
			add("actor_client_id", *v.actor.ClientID)
		}
	}
	add("account", v.account)
	add("session", v.session)
	if len(v.sessions) > 0 {
		all = append(all, slog.Any("sessions", v.sessions))
	}
	add("key", v.key)
	add("new_key", v.made)
	add("invitation", v.invited)
	add("client_id", v.client)
	add("resource", v.resource)
	add("network", v.network)
	return all
}
