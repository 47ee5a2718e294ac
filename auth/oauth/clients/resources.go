package clients

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// maxResourceScopes is how many scopes a resource has at most.
const maxResourceScopes = 100

// ResourceStore persists resources. Each method is one atomic step, of which every
// replica learns.
type ResourceStore interface {
	// CreateResource stores a resource. It returns a [*auth.ConflictError] if there are
	// too many.
	CreateResource(ctx context.Context, r *Resource) error
	// DeleteResource deletes a resource, takes it from clients, grants and sessions, and
	// ends sessions that are for nothing else. It returns [ErrResourceNotFound].
	DeleteResource(ctx context.Context, id string) error
}

// Resources registers services that tokens can be made for.
type Resources struct {
	Store    ResourceStore
	Registry *Registry
	Accounts *auth.Accounts
	Own      []string // identifiers of this service, which no other can have
	Now      func() time.Time
}

// ResourceInput makes a resource.
type ResourceInput struct {
	Identifier string
	Name       string
	Scopes     []*ResourceScope
}

// Create makes a resource. It returns an [*auth.InputError], and a [*auth.ConflictError]
// if the identifier is taken or there are too many.
func (r *Resources) Create(ctx context.Context, in ResourceInput) (*Resource, error) {
	if fault := checkIdentifier(in.Identifier); fault != "" {
		return nil, &auth.InputError{Field: "identifier", Message: fault}
	}
	if slices.ContainsFunc(r.Own, func(own string) bool { return SameResource(own, in.Identifier) }) {
		return nil, &auth.InputError{Field: "identifier", Message: "This is the identifier of this service, which every client may ask tokens for."}
	}
	parsed, err := parseName("name", in.Name)
	if err != nil {
		return nil, err
	}
	scopes, err := r.parseScopes(in.Scopes)
	if err != nil {
		return nil, err
	}
	if _, taken := r.Registry.Resource(in.Identifier); taken {
		return nil, &auth.ConflictError{Field: "identifier", Message: "A resource with this identifier exists already."}
	}
	made := &Resource{
		ID: uuid.Must(uuid.NewV7()).String(), Identifier: in.Identifier, Name: parsed, Scopes: scopes,
		CreatedAt: r.Now().UTC().Truncate(time.Microsecond),
	}
	if err := r.Store.CreateResource(ctx, made); err != nil {
		return nil, err
	}
	return made, r.Registry.Reload(ctx, "")
}

// Delete deletes a resource and returns its id. It returns [ErrResourceNotFound].
func (r *Resources) Delete(ctx context.Context, id string) (string, error) {
	if !isID(id) {
		return "", ErrResourceNotFound
	}
	if err := r.Store.DeleteResource(ctx, id); err != nil {
		return "", err
	}
	return id, r.Registry.Load(ctx)
}

// parseScopes reads the scopes of a resource. They can't have the names of scopes that
// open something here. Roles may grant them.
func (r *Resources) parseScopes(in []*ResourceScope) ([]ResourceScope, error) {
	fault := func(i int, text string) error {
		return &auth.InputError{Field: "scopes", Message: fmt.Sprintf("The scope number %d %s.", i+1, text)}
	}
	if len(in) > maxResourceScopes {
		return nil, &auth.InputError{Field: "scopes", Message: fmt.Sprintf("A resource has at most %d scopes.", maxResourceScopes)}
	}
	ours := slices.Concat(protocol, r.Accounts.Revocations.Own(), r.Accounts.Revocations.Named())
	scopes := make([]ResourceScope, 0, len(in))
	for i, scope := range in {
		title, err := parseName("scopes", scope.Title)
		switch {
		case !isScope(scope.Name):
			return nil, fault(i, "needs a name of 1 to 100 printable characters without spaces, quotes or backslashes, such as read:orders")
		case slices.Contains(ours, scope.Name):
			return nil, fault(i, "has the name of a scope of this service: choose another, such as one that begins with the resource's name")
		case err != nil:
			return nil, fault(i, "needs a title, which says on one line what it lets an application do")
		case slices.ContainsFunc(scopes, func(other ResourceScope) bool { return other.Name == scope.Name }):
			return nil, fault(i, "is there twice")
		}
		scopes = append(scopes, ResourceScope{Name: scope.Name, Title: title, Own: scope.Own})
	}
	slices.SortFunc(scopes, func(a, b ResourceScope) int { return strings.Compare(a.Name, b.Name) })
	return scopes, nil
}

// isScope reports whether a text can be the name of a scope (RFC 6749, 3.3).
func isScope(text string) bool {
	return text != "" && len(text) <= 100 && !strings.ContainsFunc(text, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '\\' })
}

// registeredForms returns identifiers of resources as they are registered, each once. It
// returns an [*auth.InputError] for one that does not exist.
func (c *Clients) registeredForms(identifiers []string) ([]string, error) {
	forms := []string{}
	for i, identifier := range identifiers {
		resource, ok := c.Registry.Resource(identifier)
		if !ok {
			return nil, &auth.InputError{Field: "resources", Message: fmt.Sprintf(
				"The resource number %d does not exist. Register it first, with createResource. This service itself need not be listed.", i+1)}
		}
		if !slices.Contains(forms, resource.Identifier) {
			forms = append(forms, resource.Identifier)
		}
	}
	slices.Sort(forms)
	if len(forms) > maxListed {
		return nil, tooMany("resources")
	}
	return forms, nil
}
