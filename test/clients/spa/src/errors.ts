// What a failed request says: a code for the program, and a sentence for the user.
import type { CombinedError } from 'urql';

// codeOf returns the code of the first error, or undefined if the service did not answer.
export const codeOf = (error?: CombinedError) => error?.graphQLErrors[0]?.extensions.code as string | undefined;

// fieldOf returns the last name in the path of the invalid field, such as password.
export const fieldOf = (error?: CombinedError) => (error?.graphQLErrors[0]?.extensions.field as string | undefined)?.split('.').at(-1);

// messageOf returns the message to show. The service's messages are written for users.
export const messageOf = (error: CombinedError) => error.graphQLErrors[0]?.message ?? 'The service can’t be reached. Try again in a moment.';
