// The four operations that open and close a session. Only they carry the cookie with the refresh
// token, and they carry no access token.
import { Client, fetchExchange } from 'urql';
import { graphql } from './graphql';
import type { LoginInput, RegisterInput } from './graphql/graphql';

// API is the URL of the API. It is on another origin if the page is built with VITE_API_URL.
export const API = import.meta.env.VITE_API_URL ?? '/graphql';

// ACCOUNT is the URL of the service's own pages, on which users change their accounts and choose a
// new password. On the same origin they share the session.
export const ACCOUNT = new URL('account', new URL(API, location.href)).href;

const TIMEOUT = 30_000; // milliseconds: tabs wait for each other, so no tab may wait forever

const client = new Client({
  url: API,
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetch: (to, request) => fetch(to, { ...request, signal: AbortSignal.timeout(TIMEOUT) }),
  fetchOptions: { credentials: 'include', headers: { 'X-Auth-Mode': 'cookie' } },
});

graphql(`
  fragment CurrentUser on User {
    id
    email
    name
    roles
  }
`);

graphql(`
  fragment Tokens on AuthPayload {
    accessToken
    user {
      ...CurrentUser
    }
  }
`);

const Register = graphql(`
  mutation Register($input: RegisterInput!) {
    tokens: register(input: $input) {
      ...Tokens
    }
  }
`);

const LogIn = graphql(`
  mutation LogIn($input: LoginInput!) {
    tokens: login(input: $input) {
      ...Tokens
    }
  }
`);

const Refresh = graphql(`
  mutation Refresh {
    tokens: refresh {
      ...Tokens
    }
  }
`);

const LogOut = graphql(`
  mutation LogOut {
    logout
  }
`);

export const register = (input: RegisterInput) => client.mutation(Register, { input }).toPromise();
export const logIn = (input: LoginInput) => client.mutation(LogIn, { input }).toPromise();
export const refresh = () => client.mutation(Refresh, {}).toPromise();
export const logOut = () => client.mutation(LogOut, {}).toPromise();
