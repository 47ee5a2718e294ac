import type { Methods } from '../App';

// What a page gets that is shown if no one is logged in.
export interface StrangerProps {
  methods: Methods;
  ended: boolean; // whether a session has ended by itself
}
