package apikey

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/name"
)

// maxOverlap is how long a key works at most after another took its place.
const maxOverlap = 7 * 24 * time.Hour

// CreateInput makes a key.
type CreateInput struct {
	Name            string
	Scopes          []string // none: the key opens what needs no scope
	ExpiresAt       *time.Time
	CurrentPassword *string // not needed for as long as [auth.Recent] says
}

// Create makes a key of the caller's own account. It returns
// [auth.ErrInvalidCredentials] if the password is wrong, [auth.ErrStepUp] if it is missing, an
// [*auth.InputError], and a [*auth.ConflictError] if the account has too many keys.
func (k *Keys) Create(ctx context.Context, in CreateInput) (*NewKey, error) {
	p, err := k.confirmed(ctx, in.CurrentPassword)
	if err != nil {
		return nil, err
	}
	return k.create(ctx, p.ID, in, p.Scopes)
}

// CreateForService makes a key of a service account. The caller needs every scope that
// the account's roles grant. It returns the errors of Create, [auth.ErrRank] and
// [auth.ErrUserNotFound].
func (k *Keys) CreateForService(ctx context.Context, userID string, in CreateInput) (*NewKey, error) {
	if _, err := k.confirmed(ctx, in.CurrentPassword); err != nil {
		return nil, err
	}
	userID, err := parseID("userId", userID)
	if err != nil {
		return nil, err
	}
	u, err := k.Accounts.Store.User(ctx, userID)
	if err != nil {
		return nil, err
	}
	if u.Kind != auth.Service {
		return nil, &auth.InputError{Field: "userId", Message: "This is the account of a person, who makes keys with createApiKey."}
	}
	if err := k.Accounts.CheckRank(ctx, u); err != nil {
		return nil, err
	}
	return k.CreateFor(ctx, u, in)
}

// CreateFor makes a key of the account, for the command line. It returns an
// [*auth.InputError], and a [*auth.ConflictError] if the account has too many keys.
func (k *Keys) CreateFor(ctx context.Context, u *auth.User, in CreateInput) (*NewKey, error) {
	return k.create(ctx, u.ID, in, k.Accounts.Revocations.Grant(u.Roles, nil))
}

// confirmed returns the caller, who has proved lately who they are or gives the password. A
// stolen access token must not become a key, which works for much longer.
func (k *Keys) confirmed(ctx context.Context, password *string) (*auth.Principal, error) {
	p := auth.Caller(ctx)
	if p == nil {
		return nil, auth.ErrNoCredential
	}
	return p, k.Accounts.Passwords.Approve(ctx, p, password)
}

// create makes a key with scopes among those granted.
func (k *Keys) create(ctx context.Context, userID string, in CreateInput, granted []string) (*NewKey, error) {
	parsed, err := parseName(in.Name)
	if err != nil {
		return nil, err
	}
	scopes, err := k.checkScopes(in.Scopes, granted)
	if err != nil {
		return nil, err
	}
	now := k.now()
	end, err := k.end(now, in.ExpiresAt)
	if err != nil {
		return nil, err
	}
	made := newKey(&Key{UserID: userID, Name: parsed, Scopes: scopes, CreatedAt: now, ExpiresAt: end})
	if err := k.Store.CreateAPIKey(ctx, made.APIKey); err != nil {
		return nil, err
	}
	return made, nil
}

// newKey completes a key with an id, a text and what is kept of it.
func newKey(key *Key) *NewKey {
	text, t := newText()
	key.ID, key.Hint, key.Digest = t.ID, hint(text), t.Digest
	return &NewKey{Key: text, APIKey: key}
}

// Rotate makes the successor of one of the caller's own keys: of the same name and
// scopes, and for as long. Both work until the overlap ends. It returns the errors of
// Create, and [ErrNotFound].
func (k *Keys) Rotate(ctx context.Context, id string, password *string, overlap string) (*NewKey, error) {
	p, err := k.confirmed(ctx, password)
	if err != nil {
		return nil, err
	}
	id, err = parseID("id", id)
	if err != nil {
		return nil, err
	}
	both, err := time.ParseDuration(overlap)
	if err != nil || both < 0 || both > maxOverlap {
		return nil, &auth.InputError{Field: "overlap", Message: "The overlap is 0s to 168h, such as 24h or 90m."}
	}
	u, err := k.Accounts.Store.User(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	granted := k.Accounts.Revocations.Grant(u.Roles, nil)
	var made *NewKey
	err = k.Store.RotateAPIKey(ctx, p.ID, id, both, func(old *Key) (*Key, error) {
		if slices.ContainsFunc(old.Scopes, func(s string) bool { return slices.Contains(granted, s) && !slices.Contains(p.Scopes, s) }) {
			return nil, &auth.InputError{Field: "id", Message: "Your session is limited to fewer scopes than the key has. Log in without scopes, then rotate it."}
		}
		made = newKey(k.successor(old))
		return made.APIKey, nil
	})
	if err != nil {
		return nil, err
	}
	return made, nil
}

// successor returns a key for as long as the old one was made for, unless that is more
// than is allowed now.
func (k *Keys) successor(old *Key) *Key {
	next := &Key{UserID: old.UserID, Name: old.Name, Scopes: old.Scopes, CreatedAt: k.now()}
	age := k.MaxAge
	if old.ExpiresAt != nil {
		if was := old.ExpiresAt.Sub(old.CreatedAt); age == 0 || was < age {
			age = was
		}
	}
	if age > 0 {
		end := next.CreatedAt.Add(age)
		next.ExpiresAt = &end
	}
	return next
}

// now returns the time as PostgreSQL stores it.
func (k *Keys) now() time.Time { return k.Now().UTC().Truncate(time.Microsecond) }

// end returns when a key ends: when that was asked for, or as late as allowed.
func (k *Keys) end(now time.Time, asked *time.Time) (*time.Time, error) {
	last := now.Add(k.MaxAge)
	switch {
	case asked == nil && k.MaxAge == 0:
		return nil, nil
	case asked == nil:
		return &last, nil
	case !asked.After(now):
		return nil, &auth.InputError{Field: "expiresAt", Message: "The key would have expired already. Give a time in the future."}
	case k.MaxAge > 0 && asked.After(last), asked.Year() > 9999:
		return nil, &auth.InputError{Field: "expiresAt", Message: "The key would work for too long. " + k.longest(last)}
	}
	end := asked.UTC().Truncate(time.Microsecond)
	return &end, nil
}

func (k *Keys) longest(last time.Time) string {
	if k.MaxAge == 0 {
		return "Leave expiresAt out for a key without an end."
	}
	return "Give " + last.Format(time.RFC3339) + " at most, or leave expiresAt out."
}

// parseName reads the name of a key, which its owner gives it.
func parseName(text string) (string, error) {
	parsed, err := name.Parse(text)
	switch {
	case err != nil:
		return "", &auth.InputError{Field: "name", Message: err.Error()}
	case parsed == "":
		return "", &auth.InputError{Field: "name", Message: "Give the key a name that says where it is used, such as nightly backup."}
	}
	return parsed, nil
}

// checkScopes returns the scopes in order. It returns an [*auth.InputError] for one
// that does not exist, or that the owner lacks. Own scopes need no grant.
func (k *Keys) checkScopes(asked, granted []string) ([]string, error) {
	scopes := slices.Clone(asked)
	slices.Sort(scopes)
	scopes = append([]string{}, slices.Compact(scopes)...)
	own, all := k.Accounts.Revocations.Own(), k.Accounts.Revocations.Grant([]string{auth.RoleAdmin}, nil)
	for _, scope := range scopes {
		switch {
		case slices.Contains(own, scope), slices.Contains(granted, scope):
		case slices.Contains(all, scope):
			return nil, &auth.InputError{Field: "scopes", Message: fmt.Sprintf(
				"The account does not have the scope %q, so its keys can't have it either.", scope)}
		default: // it may be anything, so it is not repeated
			return nil, &auth.InputError{Field: "scopes", Message: fmt.Sprintf(
				"The scope number %d does not exist. The query scopes lists those that do.", 1+slices.Index(asked, scope))}
		}
	}
	return scopes, nil
}
