package peer

import (
	"encoding/json"
	"net"
	"strings"

	"gatehouse/test/bench/load"
	"gatehouse/test/harness/process"
)

// The client that the refresh tokens of Authorizer belong to, and the secret of its tokens.
const (
	clientID     = "bench-client"
	clientSecret = "bench-client-secret-0123456789abcdef"
)

// authorizer is Authorizer (github.com/authorizerdev/authorizer). Its tokens are signed with HS256,
// the cheapest that it offers, and its limit on requests is out of reach.
func authorizer() kind {
	return kind{
		name: "authorizer",
		config: func(program, database string) process.Config {
			return process.Config{Program: program, ForAddress: func(address string) (args, _ []string, err error) {
				args, err = authorizerFlags(address, database)
				return args, nil, err
			}}
		},
		register: func(server, email string) call {
			return authorizerCall(server, "", `mutation($p: SignUpRequest!) { signup(params: $p) { user { id } } }`,
				map[string]any{"email": email, "password": password, "confirm_password": password})
		},
		login: func(server, email string) call {
			return authorizerCall(server, "", `mutation($p: LoginRequest!) { login(params: $p) { access_token refresh_token user { id email roles } } }`,
				map[string]any{"email": email, "password": password, "scope": []string{"openid", "email", "profile", "offline_access"}})
		},
		me: func(server, access string) call {
			return authorizerCall(server, access, `{ profile { id email roles } }`, nil)
		},
		viewer: func(server, access string) call {
			return authorizerCall(server, access, `query($p: ValidateJWTTokenRequest!) { validate_jwt_token(params: $p) { is_valid claims } }`,
				map[string]any{"token_type": "access_token", "token": access})
		},
		refresh: func(_, token string) call {
			return call{"/oauth/token", jsonRequest(map[string]any{
				"grant_type": "refresh_token", "refresh_token": token, "client_id": clientID, "client_secret": clientSecret,
			})}
		},
	}
}

// authorizerFlags returns its arguments. It listens on two more ports.
func authorizerFlags(address, database string) ([]string, error) {
	flags := []string{
		"--host=127.0.0.1", "--http-port=" + port(address), "--url=http://" + address, "--allowed-origins=" + address,
		"--database-type=postgres", "--database-url=" + database,
		"--client-id=" + clientID, "--client-secret=" + clientSecret, "--admin-secret=" + clientSecret,
		"--jwt-type=HS256", "--jwt-secret=" + clientSecret, "--encryption-key=" + clientSecret,
		"--rate-limit-rps=1000000", "--rate-limit-burst=1000000", "--disable-mfa", "--grpc-insecure",
	}
	for _, name := range []string{"--metrics-port=", "--grpc-port="} {
		free, err := process.FreeAddress()
		if err != nil {
			return nil, err
		}
		flags = append(flags, name+port(free))
	}
	return flags, nil
}

// authorizerCall returns an operation, whose variable p has the parameters. It takes none without
// an Origin.
func authorizerCall(server, access, query string, parameters map[string]any) call {
	var variables map[string]any
	if parameters != nil {
		variables = map[string]any{"p": parameters}
	}
	r := load.Operation(access, query, variables)
	r.Origin = server
	return call{"/graphql", r}
}

func port(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func jsonRequest(fields map[string]any) load.Request {
	var b strings.Builder
	if err := json.NewEncoder(&b).Encode(fields); err != nil {
		panic(err) // it contains only strings
	}
	return load.Request{Body: strings.TrimSpace(b.String())}
}
