package maze

// A Resolver resolves the fields that have a resolver.
type Resolver struct{}
