package main

// A Resolver answers from a shelf.
type Resolver struct{ shelf *shelf }
