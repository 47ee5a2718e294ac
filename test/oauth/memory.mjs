// What a client of the Model Context Protocol keeps between its steps.
export const CALLBACK = 'http://localhost:7000/callback';

// A Memory is what a client keeps between its steps.
export class Memory {
  redirectUrl = CALLBACK;
  clientMetadata = { client_name: 'agent', redirect_uris: [CALLBACK] };
  #kept = {};
  #client;

  constructor({ id, secret }, scope) {
    this.#client = { client_id: id, ...(secret && { client_secret: secret }) };
    if (scope) this.clientMetadata.scope = scope;
  }

  clientInformation() { return this.#client; }
  tokens() { return this.#kept.tokens; }
  saveTokens(tokens) { this.#kept.tokens = tokens; }
  redirectToAuthorization(url) { this.sentTo = url; }
  saveCodeVerifier(verifier) { this.#kept.verifier = verifier; }
  codeVerifier() { return this.#kept.verifier; }
  saveDiscoveryState(state) { this.#kept.discovery = state; }
  discoveryState() { return this.#kept.discovery; }
}
