package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"gatehouse/auth"
)

// No one logs in to a service account, and it is no administrator.
func TestServiceAccount(t *testing.T) {
	r := newReplica(t)
	admin := r.user("root@example.com", "admin")
	name := "billing"
	service := &auth.User{ID: uuid.Must(uuid.NewV7()).String(), Kind: auth.Service, Name: &name, Roles: []string{"admin"}, CreatedAt: time.Now()}
	service.Email = service.ID + "@service.invalid"
	if err := r.CreateUser(t.Context(), &auth.Credential{User: service, Hash: hash}, service.Email, nil); err != nil {
		t.Fatal(err)
	}
	if got, err := r.User(t.Context(), service.ID); err != nil || got.Kind != auth.Service || got.Address() != nil || got.Label() != "billing" {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := r.User(t.Context(), admin.ID); err != nil || got.Kind != auth.Person || *got.Address() != "root@example.com" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.OpenSession(t.Context(), newSession(service.ID), hash, life); !errors.Is(err, auth.ErrInvalidCredentials) {
		t.Errorf("a session of a service: %v", err)
	}
	if _, err := r.ChangeUser(t.Context(), admin.ID, rolesTo("user")); !errors.Is(err, auth.ErrLastAdmin) {
		t.Errorf("the last person who is an administrator: %v", err)
	}
	kind, prefix := auth.Service, service.ID[:8]
	for _, tt := range []struct {
		filter auth.UserFilter
		want   int
	}{{auth.UserFilter{Kind: &kind}, 1}, {auth.UserFilter{Email: &prefix}, 0}, {auth.UserFilter{}, 2}} {
		if n, err := r.CountUsers(t.Context(), tt.filter); n != tt.want || err != nil {
			t.Errorf("%+v finds %d, %v; want %d", tt.filter, n, err, tt.want)
		}
	}
	r.exec(`DELETE FROM users WHERE id = $1`, admin.ID)
	if has, err := r.HasAdmin(t.Context()); has || err != nil {
		t.Errorf("a service is an administrator: %t, %v", has, err)
	}
}
