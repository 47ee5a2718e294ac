package graph

import "gatehouse/auth/policy"

// Policy compiles the policy of the service's schema. roles are the roles that
// exist; nil leaves unchecked that the schema names no other.
func Policy(roles []string) (*policy.Policy, error) {
	return policy.Compile(Schema(), policy.Config{Roles: roles})
}

// SDL returns the text of the service's schema.
func SDL() string { return sources[0].Input }
