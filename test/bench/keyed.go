package main

import (
	"context"
	"encoding/json"
	"fmt"

	"gatehouse/test/bench/load"
	"gatehouse/test/bench/report"
)

// byKey compares an API key with an access token of the same user, on the same server.
func byKey(ctx context.Context, b *bench) ([]contestant, error) {
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	key, err := b.apiKey(ctx, admin)
	if err != nil {
		return nil, err
	}
	contestants := make([]contestant, 2)
	var answers [2][]byte
	for i, by := range []struct{ name, credential string }{{report.Gatehouse, key}, {report.ByToken, admin.gatehouse}} {
		request := load.Operation(by.credential, keyedQuery, nil)
		if answers[i], err = answer(ctx, b.gatehouse.URL+graphqlPath, request); err != nil {
			return nil, err
		}
		contestants[i] = b.closedLoop(by.name, b.gatehouse, graphqlPath, load.NewCycle(b.connections, load.Errors, request), b.connections)
	}
	return contestants, sameAnswer(keyedQuery, answers[0], answers[1], load.Errors)
}

// apiKey makes an API key of a user who has just logged in.
func (s *testbed) apiKey(ctx context.Context, u *user) (string, error) {
	const create = `mutation { createApiKey(input: {name: "benchmark", scopes: []}) { key } }`
	body, err := answer(ctx, s.gatehouse.URL+graphqlPath, load.Operation(u.gatehouse, create, nil))
	if err != nil {
		return "", err
	}
	var made struct {
		Data struct {
			CreateAPIKey struct{ Key string } `json:"createApiKey"`
		}
	}
	if err := json.Unmarshal(body, &made); err != nil || made.Data.CreateAPIKey.Key == "" {
		return "", fmt.Errorf("no API key: %.300s", body)
	}
	return made.Data.CreateAPIKey.Key, nil
}
