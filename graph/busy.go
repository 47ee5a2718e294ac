package graph

import (
	"net/http"
	"strconv"
)

// Busy answers a request that there is no room for now, in the form of GraphQL and before anything of it is read.
func Busy(w http.ResponseWriter, r *http.Request) {
	a := &answer{media: accepted(r.Header)}
	a.fail(&httpError{
		status: http.StatusServiceUnavailable, header: map[string]string{"Retry-After": strconv.Itoa(retryAfter)},
		error: coded("The service has more to do than it can. Try again in a moment.", CodeUnavailable),
	})
	a.write(w)
}
