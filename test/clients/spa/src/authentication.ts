// The four operations that open and close a session. They alone carry the cookie with the refresh token, and no access token.
import { Client, fetchExchange } from 'urql';
import { graphql } from './graphql';
import type { LoginInput, RegisterInput } from './graphql/graphql';

// API is where the service is: of another origin when the page is built with VITE_API_URL.
export const API = import.meta.env.VITE_API_URL ?? '/graphql';

const PATIENCE = 30_000; // milliseconds: tabs wait for each other, and none may do so for ever

const client = new Client({
  url: API,
  exchanges: [fetchExchange],
  preferGetMethod: false,
  fetch: (to, request) => fetch(to, { ...request, signal: AbortSignal.timeout(PATIENCE) }),
  fetchOptions: { credentials: 'include', headers: { 'X-Auth-Mode': 'cookie' } },
});

graphql(`
  fragment Person on User {
    id
    email
    name
    roles
  }
`);

graphql(`
  fragment Entry on AuthPayload {
    accessToken
    user {
      ...Person
    }
  }
`);

const Register = graphql(`
  mutation Register($input: RegisterInput!) {
    entry: register(input: $input) {
      ...Entry
    }
  }
`);

const LogIn = graphql(`
  mutation LogIn($input: LoginInput!) {
    entry: login(input: $input) {
      ...Entry
    }
  }
`);

const Refresh = graphql(`
  mutation Refresh {
    entry: refresh {
      ...Entry
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
