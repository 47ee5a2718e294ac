package clients

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
)

// Source reads clients and resources.
type Source interface {
	// Clients returns all clients.
	Clients(ctx context.Context) ([]*Client, error)
	// Client returns the client with the id, or [ErrNotFound].
	Client(ctx context.Context, id string) (*Client, error)
	// Resources returns all resources.
	Resources(ctx context.Context) ([]*Resource, error)
}

// A Registry knows all clients and resources. It follows their changes, so that a
// request for tokens does not read them. It is safe for concurrent use.
type Registry struct {
	source Source

	reading sync.Mutex // held while something is read, so that an older answer can't replace a newer one

	mu        sync.RWMutex
	clients   map[string]*Client
	resources map[string]*Resource // by what canonical makes of the identifier
}

// NewRegistry returns a Registry that knows nothing until Load.
func NewRegistry(source Source) *Registry {
	return &Registry{source: source, clients: map[string]*Client{}, resources: map[string]*Resource{}}
}

// Load reads all clients and resources.
func (r *Registry) Load(ctx context.Context) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	all, err := r.source.Clients(ctx)
	if err != nil {
		return err
	}
	clients := make(map[string]*Client, len(all))
	for _, c := range all {
		clients[c.ID] = c
	}
	r.mu.Lock()
	r.clients = clients
	r.mu.Unlock()
	return r.loadResources(ctx)
}

// Reload reads the client with the id, or all resources if the id is "".
func (r *Registry) Reload(ctx context.Context, id string) error {
	r.reading.Lock()
	defer r.reading.Unlock()
	if id == "" {
		return r.loadResources(ctx)
	}
	c, err := r.source.Client(ctx, id)
	gone := errors.Is(err, ErrNotFound)
	if err != nil && !gone {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if gone {
		delete(r.clients, id)
	} else {
		r.clients[id] = c
	}
	return nil
}

func (r *Registry) loadResources(ctx context.Context) error {
	all, err := r.source.Resources(ctx)
	if err != nil {
		return err
	}
	resources := make(map[string]*Resource, len(all))
	for _, resource := range all {
		resources[canonical(resource.Identifier)] = resource
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.resources = resources
	return nil
}

// Client returns the client with the id, which may be disabled.
func (r *Registry) Client(id string) (*Client, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	c, ok := r.clients[id]
	return c, ok
}

// Find is Client for an id that is known to exist. It reads a client that another replica
// made a moment ago. It returns [ErrNotFound].
func (r *Registry) Find(ctx context.Context, id string) (*Client, error) {
	if c, ok := r.Client(id); ok {
		return c, nil
	}
	if err := r.Reload(ctx, id); err != nil {
		return nil, err
	}
	if c, ok := r.Client(id); ok {
		return c, nil
	}
	return nil, ErrNotFound
}

// Resource returns the resource that a client names. It may write the root of a host
// with or without a slash: see [SameResource].
func (r *Registry) Resource(identifier string) (*Resource, bool) {
	key := canonical(identifier)
	r.mu.RLock()
	defer r.mu.RUnlock()
	resource, ok := r.resources[key]
	return resource, ok
}

// Resources returns all resources, sorted by identifier.
func (r *Registry) Resources() []*Resource {
	r.mu.RLock()
	all := make([]*Resource, 0, len(r.resources))
	for _, resource := range r.resources {
		all = append(all, resource)
	}
	r.mu.RUnlock()
	slices.SortFunc(all, func(a, b *Resource) int { return cmp.Compare(a.Identifier, b.Identifier) })
	return all
}

// Known returns the resources with the identifiers that exist.
func (r *Registry) Known(identifiers []string) []*Resource {
	known := []*Resource{}
	for _, identifier := range identifiers {
		if resource, ok := r.Resource(identifier); ok {
			known = append(known, resource)
		}
	}
	return known
}

// Page returns the clients that follow the one with the id after, or the first ones if
// it is "": oldest first, at most limit.
func (r *Registry) Page(after string, limit int) []*Client {
	r.mu.RLock()
	page := make([]*Client, 0, len(r.clients))
	for id, c := range r.clients {
		if id > after {
			page = append(page, c)
		}
	}
	r.mu.RUnlock()
	slices.SortFunc(page, func(a, b *Client) int { return cmp.Compare(a.ID, b.ID) })
	return page[:min(limit, len(page))]
}

// Count returns how many clients there are.
func (r *Registry) Count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.clients)
}
