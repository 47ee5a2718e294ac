// Runs the certified provider as a program, for test/bench/oauth. CLIENTS is a list of clients; it
// prints its issuer.
import { startOracle } from './oracle.mjs';

const { issuer } = await startOracle({ clients: JSON.parse(process.env.CLIENTS), resources: [], person: { email: 'ada@example.com' } });
console.log(issuer);
