import type { Methods } from '../App';
import type { PersonFragment } from '../graphql/graphql';

// What a page of a person's own gets.
export interface OwnProps {
  person: PersonFragment;
  methods: Methods;
}
