import type { Methods } from '../App';
import type { Why } from '../session';

// What a page gets that is shown if no one is logged in.
export interface StrangerProps {
  methods: Methods;
  why: Why | undefined; // they are logged in no more, if no one asked for that here
}
