import { words } from './words/words';

const time = new Intl.DateTimeFormat(words.language, { dateStyle: 'medium', timeStyle: 'short' });

// moment says when something was.
export const moment = (when: string): string => time.format(new Date(when));
