module gatehouse/auth/policy

go 1.26.4

require (
	github.com/vektah/gqlparser/v2 v2.5.64
	golang.org/x/net v0.62.0
	pgregory.net/rapid v1.3.0
)

require github.com/agnivade/levenshtein v1.2.2 // indirect
