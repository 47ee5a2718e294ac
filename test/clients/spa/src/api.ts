// The GraphQL client of one user. Another user gets another client, so that they don't share a
// cache.
import { Client, cacheExchange, fetchExchange } from 'urql';
import { authExchange } from '@urql/exchange-auth';
import { API } from './authentication';
import { session } from './session';

// createApi returns a client that sends the access token with each request. If the token is
// refused, requests wait for the next one and are sent again.
export const createApi = (userId: string) =>
  new Client({
    url: API,
    exchanges: [cacheExchange, authExchange(async ({ appendHeaders }) => ({
      addAuthToOperation(operation) {
        const token = session.accessTokenOf(userId);
        return token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation;
      },
      didAuthError: ({ graphQLErrors }) => graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED'),
      refreshAuth: () => session.refresh(),
    })), fetchExchange],
    preferGetMethod: false, // POST, because URLs are logged
    fetchOptions: { credentials: 'omit' }, // the cookie is for refreshing only
  });
