// The words of the page, in the first language of the browser that it speaks.
import type { Own, Problem } from '../api';
import type { ErrorCode } from '../graphql/codes';
import { german } from './de';
import { english } from './en';

// Codes has a sentence for every code, which says what to do.
export type Codes = Record<ErrorCode | Own, (problem: Problem) => string>;

export type Words = typeof english;

const tags = navigator.languages.map((tag) => tag.toLowerCase());
const first = tags.find((tag) => /^(de|en)\b/.test(tag));

export const words: Words = first?.startsWith('de') ? german : english;

// locale is the language of mails: the service may know more languages than the page.
export const locale = /^[A-Za-z0-9-]{1,35}$/.test(navigator.language) ? navigator.language : words.language;

// sentence says what to do about a problem.
export const sentence = (problem: Problem): string => (words.codes[problem.code] ?? words.codes.INTERNAL)(problem);
