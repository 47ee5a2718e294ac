// Package house has only tests: of the rules that keep the repository in order,
// such as which package may import which. Each rule is broken once, to prove that
// it finds what it is for.
package house
