package authorization

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"time"

	"gatehouse/auth"
	"gatehouse/auth/oauth"
	"gatehouse/auth/oauth/clients"
	"gatehouse/auth/policy"
)

// A Consent is what the consent page shows.
type Consent struct {
	Request  *Request
	Client   *clients.Client
	Person   *SignedIn
	Host     string // where the answer goes; "" for an application on the person's device
	Local    bool   // any program on the person's computer can take the answer
	Scopes   []Scope
	Offline  bool       // the application asks to stay connected
	Services []string   // names of the other services that tokens are for
	Allowed  *time.Time // when the person last allowed it something; nil: never
	Shown    string     // stands for all of this
}

// A Scope is what an application asks for.
type Scope struct {
	Name    string
	Title   string  // in the words of the schema or of the service; "" for a scope of OpenID Connect
	Service string  // whose scope it is; "" for our own
	Fields  []Field // of the schema that it opens
	Kept    bool    // it can't be taken out
	New     bool    // the person has not allowed it before
}

// Widened reports whether the scope opens more than when the person allowed it.
func (s Scope) Widened() bool {
	return slices.ContainsFunc(s.Fields, func(f Field) bool { return f.New })
}

// A Field is a coordinate of the schema.
type Field struct {
	Coordinate string
	New        bool // the scope did not open it when the person allowed it
}

// An ask is what an application asks a person for.
type ask struct {
	request *Request
	client  *clients.Client
	person  *SignedIn
	grant   *clients.Grant // what was allowed before; nil for nothing
	names   []string       // of the scopes that the person can allow, sorted
	opens   map[string][]string
	// confirmed is set if the person was asked, and answered.
	confirmed bool
}

// ask returns what the request asks the person for.
func (s *Service) ask(ctx context.Context, r *Request, in *SignedIn) (*ask, error) {
	client, known := s.Clients.Client(r.ClientID)
	if !known || client.Disabled {
		return nil, &PageError{Problem: UnknownClient, Locales: r.Locales}
	}
	grant, err := s.Store.Grant(ctx, in.UserID, r.ClientID)
	if errors.Is(err, auth.ErrNotFound) {
		grant, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	a := &ask{request: r, client: client, person: in, grant: grant, opens: map[string][]string{}}
	subject := &policy.Subject{ID: in.UserID, Scopes: s.Granted(in.Roles)}
	for _, name := range r.Scopes {
		if !s.passable(a, subject, name) {
			continue
		}
		if scope := s.known(name); scope != nil {
			a.opens[name] = scope.Coordinates
		}
		a.names = append(a.names, name)
	}
	return a, nil
}

// known returns the scope of the schema with the name, or nil.
func (s *Service) known(name string) *policy.Scope {
	i := slices.IndexFunc(s.Scopes, func(scope policy.Scope) bool { return scope.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Scopes[i]
}

// passable reports whether the person can allow a scope: one that roles grant, or one that
// opens their own. Our own clients, to which no consent is given, have what the person has
// at any moment.
func (s *Service) passable(a *ask, subject *policy.Subject, name string) bool {
	if scope := s.known(name); scope != nil {
		return a.client.FirstParty || subject.MayPassOn(scope)
	}
	if name == oauth.OpenID || name == oauth.OfflineAccess {
		return true
	}
	scope, _ := s.ofResource(a.request, name)
	return scope != nil && (scope.Own || a.client.FirstParty || slices.Contains(subject.Scopes, name))
}

// ofResource returns the scope of a service that the request is for, and the service's
// name; nil if none of them knows it.
func (s *Service) ofResource(r *Request, name string) (*clients.ResourceScope, string) {
	for _, identifier := range r.Resources {
		found, known := s.Clients.Resource(identifier)
		if !known {
			continue
		}
		i := slices.IndexFunc(found.Scopes, func(scope clients.ResourceScope) bool { return scope.Name == name })
		if i >= 0 {
			return &found.Scopes[i], found.Name
		}
	}
	return nil, ""
}

// coordinates returns what scopes open, sorted.
func (a *ask) coordinates(names []string) []string {
	all := []string{}
	for _, name := range names {
		all = append(all, a.opens[name]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// needed reports whether the person has to be asked.
func (a *ask) needed() bool {
	r := a.request
	switch {
	case r.prompts(promptConsent), r.prompts(promptSelect):
		return true
	case a.client.FirstParty:
		return false
	case onDevice(r.RedirectURI) && slices.Contains(a.names, oauth.OfflineAccess):
		return true // another program can pretend to be this one (RFC 8252, 8.6)
	}
	return !a.covered()
}

// covered reports whether the person has allowed all that is asked for, and all that it
// opens.
func (a *ask) covered() bool {
	r := a.request
	return a.grant != nil && within(a.names, a.grant.Scopes) && within(r.Resources, a.grant.Resources) &&
		within(a.coordinates(a.names), a.grant.Coordinates)
}

// allow returns what the person allows from now on if these of the scopes are allowed, and
// what is taken back. What was allowed before and is not asked for now stays.
func (a *ask) allow(names []string) func(before *clients.Grant) (*clients.Grant, []string) {
	return func(before *clients.Grant) (*clients.Grant, []string) {
		if before == nil {
			before = &clients.Grant{}
		}
		refused := func(name string) bool { return slices.Contains(a.names, name) && !slices.Contains(names, name) }
		kept := slices.DeleteFunc(slices.Clone(before.Scopes), refused)
		removed := slices.DeleteFunc(slices.Clone(before.Scopes), func(name string) bool { return !refused(name) })
		return &clients.Grant{
			UserID: a.person.UserID, ClientID: a.client.ID,
			Scopes:      union(kept, names),
			Resources:   union(before.Resources, a.request.Resources),
			Coordinates: union(before.Coordinates, a.coordinates(names)),
		}, removed
	}
}

// show returns what the consent page shows.
func (s *Service) show(a *ask) *Consent {
	r := a.request
	c := &Consent{Request: r, Client: a.client, Person: a.person, Local: onDevice(r.RedirectURI)}
	if uri, err := url.Parse(r.RedirectURI); err == nil && !c.Local {
		c.Host = uri.Host
	}
	if a.grant != nil {
		c.Allowed = &a.grant.ChangedAt
	}
	for _, name := range a.names {
		if name == oauth.OfflineAccess {
			c.Offline = true
			continue
		}
		c.Scopes = append(c.Scopes, s.scope(a, name))
	}
	slices.SortStableFunc(c.Scopes, func(a, b Scope) int { return cmp.Compare(order(a), order(b)) })
	for _, identifier := range r.Resources {
		if found, known := s.Clients.Resource(identifier); known {
			c.Services = append(c.Services, found.Name)
		}
	}
	c.Shown = fingerprint(c)
	return c
}

// order puts what every log-in tells first, and scopes of other services last.
func order(s Scope) int {
	switch {
	case s.Kept:
		return 0
	case s.Service == "":
		return 1
	}
	return 2
}

// scope describes a scope that is asked for.
func (s *Service) scope(a *ask, name string) Scope {
	scope := Scope{Name: name, Kept: name == oauth.OpenID, New: a.grant != nil && !slices.Contains(a.grant.Scopes, name)}
	known := s.known(name)
	if known == nil {
		if found, service := s.ofResource(a.request, name); found != nil {
			scope.Title, scope.Service = found.Title, service
		}
		return scope
	}
	scope.Title = known.Title
	for _, coordinate := range known.Coordinates {
		added := a.grant != nil && !scope.New && !slices.Contains(a.grant.Coordinates, coordinate)
		scope.Fields = append(scope.Fields, Field{coordinate, added})
	}
	return scope
}

// fingerprint returns a text that is another one as soon as the page shows something else.
func fingerprint(c *Consent) string {
	shown, err := json.Marshal([]any{
		c.Request.ID, c.Client.ID, c.Client.Name, c.Host, c.Local, c.Person.UserID, c.Person.Email, c.Scopes, c.Offline, c.Services, c.Allowed,
	})
	if err != nil {
		panic(err) // texts and times only
	}
	sum := sha256.Sum256(shown)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// onDevice reports whether a redirect URI leads to a program on the person's device,
// which others there can imitate.
func onDevice(uri string) bool {
	u, err := url.Parse(uri)
	return err != nil || u.Scheme != "https"
}

// within reports whether all has each of the values.
func within(values, all []string) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !slices.Contains(all, value) })
}

// union returns the values of both, sorted.
func union(a, b []string) []string {
	all := append(append([]string{}, a...), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
