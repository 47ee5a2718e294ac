// What a failed request says: to the program a code, to people a sentence.
import type { CombinedError } from 'urql';

// codeOf is the code of the first error; undefined where the service did not answer.
export const codeOf = (error?: CombinedError) => error?.graphQLErrors[0]?.extensions.code as string | undefined;

// fieldOf is the last name of the field that the service complains of, such as password.
export const fieldOf = (error?: CombinedError) => (error?.graphQLErrors[0]?.extensions.field as string | undefined)?.split('.').at(-1);

// sentence is what to show. The service's own messages are made to be shown.
export const sentence = (error: CombinedError) => error.graphQLErrors[0]?.message ?? 'The service can’t be reached. Try again in a moment.';
