package bearer_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"gatehouse/auth/token"
	"gatehouse/auth/token/bearer"
)

// A service that trusts the tokens of one issuer.
func ExampleNew() {
	keys, err := token.NewRemote("https://id.example.com/.well-known/jwks.json", time.Now)
	if err != nil {
		panic(err)
	}
	verifier := &token.Verifier{
		Issuer: "https://id.example.com", Audience: "https://shop.example.com", Key: keys.Key, Now: time.Now,
	}
	shop := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if claims := bearer.Claims(r.Context()); claims != nil {
			fmt.Fprintln(w, "Hello,", claims.Subject)
		}
	})
	http.Handle("/graphql", bearer.New(verifier, slog.Default())(shop))
}
