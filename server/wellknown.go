package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"gatehouse/edge"
)

// The paths of what other services read to verify our tokens.
const (
	jwksPath     = "/.well-known/jwks.json"
	metadataPath = "/.well-known/oauth-authorization-server"
)

// jwksMaxAge is the longest time for which others may cache our keys.
const jwksMaxAge = 5 * time.Minute

// wellKnown serves the key set and the metadata that says where it is.
func (srv *Server) wellKnown(mux *http.ServeMux) {
	mux.Handle("GET "+jwksPath, srv.jwks())
	if srv.oauth != nil {
		return // which has metadata of its own
	}
	public := srv.deployment.Settings.PublicURL
	metadata := srv.metadata()
	// A proxy that serves us below a path may remove the path, and many clients
	// append the well-known path to the issuer.
	mux.Handle("GET "+metadataPath, metadata)
	// RFC 8414, 3.1: the issuer's path comes after the well-known one.
	mux.HandleFunc("GET "+metadataPath+"/{path...}", func(w http.ResponseWriter, r *http.Request) {
		if "/"+r.PathValue("path") != public.Path {
			http.NotFound(w, r)
			return
		}
		metadata.ServeHTTP(w, r)
	})
}

// jwks serves the public keys. Others may cache them for half of the time for
// which a new one is announced, so that they have it when it signs.
func (srv *Server) jwks() http.Handler {
	return edge.Document("application/json", srv.keyCaching(), srv.keyring.JWKS)
}

func (srv *Server) keyCaching() string {
	age := min(max(srv.deployment.Settings.KeyAnnounce/2, time.Second), jwksMaxAge)
	return "public, max-age=" + strconv.Itoa(int(age.Seconds()))
}

// A metadata is the metadata of an authorization server (RFC 8414, 2), as far
// as it applies to an issuer without authorization and token endpoints.
type metadata struct {
	Issuer  string `json:"issuer"`
	JWKSURI string `json:"jwks_uri"`
	// ResponseTypes is required, and GrantTypes means two grants if it is
	// missing. So both are in the document although they are empty.
	ResponseTypes []string `json:"response_types_supported"`
	GrantTypes    []string `json:"grant_types_supported"`
}

// metadata serves the metadata, to be cached like the key set.
func (srv *Server) metadata() http.Handler {
	issuer := srv.deployment.Settings.Issuer()
	return edge.Document("application/json", srv.keyCaching(), func() ([]byte, error) {
		return json.Marshal(metadata{issuer, issuer + jwksPath, []string{}, []string{}})
	})
}
