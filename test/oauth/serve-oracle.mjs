// Runs the certified provider as a program, for test/bench/oauth. CLIENTS is a list of clients; it
// prints its issuer.
import { startOracle } from './oracle.mjs';

const kept = new Map();

// A Memory keeps everything. oidc-provider's own keeps the latest thousand things, so that under
// load refresh tokens are soon gone.
class Memory {
  constructor(kind) { this.kind = kind; }

  key(id) { return `${this.kind} ${id}`; }

  async upsert(id, payload) {
    kept.set(this.key(id), payload);
    if (payload.uid) kept.set(`uid ${payload.uid}`, payload);
  }

  async find(id) { return kept.get(this.key(id)); }

  async findByUid(uid) { return kept.get(`uid ${uid}`); }

  async consume(id) { kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000); }

  async destroy(id) { kept.delete(this.key(id)); }

  async revokeByGrantId(grant) {
    for (const [key, { grantId }] of kept) if (grantId === grant) kept.delete(key);
  }
}

const { issuer } = await startOracle({ clients: JSON.parse(process.env.CLIENTS), resources: [], person: { email: 'ada@example.com' }, adapter: Memory });
console.log(issuer);
