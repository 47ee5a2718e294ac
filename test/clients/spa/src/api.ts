// The GraphQL client of one person. Its cache is theirs: another person gets another client.
import { Client, cacheExchange, fetchExchange } from 'urql';
import { authExchange } from '@urql/exchange-auth';
import { API } from './door';
import { session } from './session';

// apiOf sends the access token with each request. When it is not good any more, requests wait until there is the next one, and are sent again.
export const apiOf = (person: string) =>
  new Client({
    url: API,
    exchanges: [cacheExchange, authExchange(async ({ appendHeaders }) => ({
      addAuthToOperation(operation) {
        const token = session.accessTokenOf(person);
        return token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation;
      },
      didAuthError: ({ graphQLErrors }) => graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
      refreshAuth: () => session.refresh(),
    })), fetchExchange],
    preferGetMethod: false, // POST: what is in a URL ends up in logs
    fetchOptions: { credentials: 'omit' }, // the cookie is for refreshing only
  });
