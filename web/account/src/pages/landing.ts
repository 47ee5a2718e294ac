import type { Methods } from '../App';
import type { State } from '../session';

// What the page of a link gets: what the link proves, and who is logged in.
export interface LandingProps {
  proof: string;
  methods: Methods;
  state: State & { phase: 'in' | 'out' };
}
