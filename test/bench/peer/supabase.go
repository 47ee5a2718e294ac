package peer

import (
	"net/http"

	"gatehouse/test/bench/load"
	"gatehouse/test/harness/process"
)

// supabaseAuth is Supabase Auth (github.com/supabase/auth). Its limits on requests count by a header
// that it is not told about, so they are off. It reads the account from its database for each
// request with an access token, so it has nothing like viewer.
func supabaseAuth() kind {
	return kind{
		name:   "supabase-auth",
		schema: "auth",
		config: func(program, database string) process.Config {
			return process.Config{
				Program: program, ReadyPath: "/health",
				Environ: []string{
					"GOTRUE_DB_DRIVER=postgres", "DATABASE_URL=" + database + "&search_path=auth", "DB_NAMESPACE=auth",
					"GOTRUE_DB_MAX_POOL_SIZE=20", "GOTRUE_DB_MAX_IDLE_POOL_SIZE=20", // as many as Gatehouse has
					"GOTRUE_JWT_SECRET=" + clientSecret, "GOTRUE_JWT_EXP=3600", "GOTRUE_JWT_AUD=authenticated",
					"GOTRUE_JWT_DEFAULT_GROUP_NAME=authenticated", "GOTRUE_SITE_URL=http://localhost", "GOTRUE_MAILER_AUTOCONFIRM=true",
					"API_EXTERNAL_URL=http://localhost", "GOTRUE_API_HOST=127.0.0.1",
				},
				ForAddress: func(address string) (_, environ []string, _ error) {
					return nil, []string{"PORT=" + port(address)}, nil
				},
			}
		},
		register: func(_, email string) call {
			return call{"/signup", jsonRequest(map[string]any{"email": email, "password": password})}
		},
		login: func(_, email string) call {
			return call{"/token?grant_type=password", jsonRequest(map[string]any{"email": email, "password": password})}
		},
		me: func(_, access string) call {
			return call{"/user", load.Request{Method: http.MethodGet, Bearer: access}}
		},
		refresh: func(_, token string) call {
			return call{"/token?grant_type=refresh_token", jsonRequest(map[string]any{"refresh_token": token})}
		},
	}
}
