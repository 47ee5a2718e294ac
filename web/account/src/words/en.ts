import type { Problem } from '../api';
import type { Codes } from './words';
import { wait } from './wait';

const inTime = (seconds?: number) => {
  const { count, minutes } = wait(seconds);
  const unit = minutes ? 'minute' : 'second';
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
};

const internal = ({ requestId }: Problem) => `Something went wrong. Try again.${requestId ? ` If it goes on, tell support this number: ${requestId}` : ''}`;
const outdated = () => 'This page is older than the service. Reload it and try again.';

const reasons: Record<string, string> = {
  email_unverified: 'Open the link that we have sent to your email address, then log in.',
  not_offered: 'This service does not offer this. Choose another way.',
  registration_closed: 'Accounts can’t be made here. Ask the service’s administrators for an invitation.',
  rank: 'This account may do more than yours. Ask an administrator.',
};

const codes: Codes = {
  UNREACHABLE: () => 'The service can’t be reached. Check your connection and try again.',
  UNAUTHENTICATED: () => 'You are not logged in any more. Log in, then try again.',
  FORBIDDEN: ({ reason = '' }) => reasons[reason] ?? 'Your account may not do this. Ask an administrator.',
  INVALID_CREDENTIALS: ({ field }) =>
    field === 'currentPassword' ? 'This is not your current password. Try again, or ask for a link to choose a new one.' : 'The email address or the password is wrong. Check both, or choose a new password.',
  PROOF_INVALID: () => 'This link or code was used, is too old, or is not for this. Ask for a new one.',
  REFRESH_TOKEN_INVALID: () => 'Your session has ended. Log in again.',
  REFRESH_TOKEN_REUSED: () => 'Your session was ended, because its token was used twice. Log in again.',
  BAD_USER_INPUT: ({ message }) => message,
  NOT_FOUND: () => 'This does not exist any more. Reload the page.',
  CONFLICT: ({ field, message }) => (field === 'email' ? 'An account with this email address exists. Log in to it, or use another address.' : `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`),
  RATE_LIMITED: ({ retryAfter }) => `Too many attempts. Try again ${inTime(retryAfter)}.`,
  GRAPHQL_PARSE_FAILED: outdated,
  GRAPHQL_VALIDATION_FAILED: outdated,
  OPERATION_TOO_LARGE: () => 'The service allows less than this page needs. Ask its administrators to raise its limits.',
  BAD_REQUEST: outdated,
  PERSISTED_QUERY_NOT_FOUND: outdated,
  PERSISTED_QUERY_NOT_SUPPORTED: outdated,
  UNAVAILABLE: () => 'The service can’t answer now. Try again in a moment.',
  INTERNAL: internal,
};

export const english = {
  language: 'en',
  codes,

  account: 'Account',
  pages: 'Pages of your account',
  wait: 'One moment …',
  unavailable: 'The service can’t be reached',
  unavailableText: 'You have not been logged out. Try again in a moment.',
  again: 'Try again',
  logIn: 'Log in',
  logOut: 'Log out',
  cancel: 'Cancel',
  ended: 'Your session has ended. Log in to continue.',
  loggedOut: 'You are logged out.',
  loggedInAs: (who: string) => `You are logged in as ${who}.`,

  email: 'Email address',
  name: 'Name',
  optional: '(optional)',
  password: 'Password',
  currentPassword: 'Current password',
  newPassword: 'New password',
  show: 'Show password',
  atLeast: (count: number) => `At least ${count} characters. Several words are easier to remember than signs.`,
  code: 'Code from the mail',

  forgot: 'Forgot your password?',
  noAccount: 'You don’t have an account?',
  register: 'Create an account',
  hasAccount: 'You have an account?',
  byMail: 'Log in by mail',
  byMailText: 'We send you a link and a code.',
  byPassword: 'Log in with a password',
  sendLink: 'Send the link',
  another: 'Ask for another link',
  sent: 'Look into your mail',
  loginSent: (to: string) => `If ${to} has an account, a mail is on its way to it. Open its link, or enter its code here.`,
  resetSent: (to: string) => `If ${to} has an account, a mail is on its way to it. Open its link to choose a new password.`,
  registerSent: (to: string) => `A mail is on its way to ${to}. Open its link to create the account.`,
  required: (to: string) => `A mail is on its way to ${to}. Open its link to confirm the address, then log in.`,
  spam: 'No mail? Look into the spam folder. Asking again sends the same link.',

  reset: 'Choose a new password',
  resetText: 'You will be logged out everywhere.',
  resetForgot: 'Enter your email address. We send you a link.',
  resetDone: 'Your password was changed',
  resetDoneText: 'All sessions have ended. Log in with the new password.',

  verify: 'Confirm your email address',
  verifyText: 'Press the button if you asked for this link.',
  confirm: 'Confirm the address',
  verified: 'Your email address is confirmed',
  verifiedText: 'There is nothing else to do.',
  ownPassword: 'Enter the password of the account, so that we know that you made it.',
  notMine: 'I did not create this account',
  reclaim: 'Take over the account?',
  reclaimText: 'Another person used your address for an account. If you take it over, its password, name, sessions and keys are removed. Then choose a new password.',
  reclaimIt: 'Take over the account',
  reclaimed: 'The account is yours',
  reclaimedText: 'What was set up before is removed. Choose a password to log in with.',

  undo: 'Take back the change of your email address',
  undoText: 'The account gets its earlier address again. All sessions and API keys end, the password is removed, and you get a link for a new one.',
  undoIt: 'Take the change back',
  undone: 'The change is taken back',
  undoneText: 'We have sent you a mail. Open its link to choose a new password.',

  loginLink: 'Log in with this link',
  loginLinkText: 'Press the button to log in in this browser. If you did not ask for this link, close the page.',
  registerLink: 'Create your account',
  registerLinkText: 'Your email address is confirmed. Choose a password for the account.',
  invitation: 'You are invited',
  inviteText: 'Choose a password for your new account.',
  inviteJoin: (who: string) => `You are logged in as ${who}. Accept the invitation with this account.`,
  accept: 'Accept the invitation',
  inviteLogIn: 'I have an account already',
  inviteNew: 'I have no account yet',
  inviteOther: 'This account does not have the address that was invited. Make a new account, or log out and log in to the other one.',
  askInviter: 'If the invitation is too old, ask the person who invited you for another one.',

  profile: 'Profile',
  saveName: 'Save the name',
  nameSaved: 'Your name is saved.',
  addressIs: (address: string) => `Your address is ${address}.`,
  isVerified: 'It is confirmed.',
  isUnverified: 'It is not confirmed yet.',
  sendVerification: 'Send a link to confirm it',
  verificationSent: 'We have sent you a mail. Open its link to confirm the address.',
  pending: (address: string) => `It changes to ${address} once you open the link that we have sent there.`,
  changeSent: (address: string) => `We have sent a link to ${address}.`,
  changeEmail: 'Change the email address',
  newEmail: 'New email address',
  emailChanged: (address: string) => `Your email address is now ${address}.`,
  noPasswordYet: 'Your account has no password. To change the address, choose one first.',
  deleteAccount: 'Delete the account',
  deleteText: 'The account and all its data are deleted at once. This can’t be taken back.',
  deleteForEver: 'Delete the account for ever',
  deleted: 'Your account is deleted.',

  changePassword: 'Change the password',
  passwordChanged: 'Your password is changed. All other sessions have ended.',
  noPassword: 'Your account has no password.',
  sendPassword: 'Send a link to choose a password',
  passwordSent: 'We have sent you a mail. Open its link to choose a password.',

  sessions: 'Sessions',
  sessionsText: 'Where you are logged in.',
  thisOne: 'this one',
  lastUsed: (when: string) => `Last used ${when}`,
  since: (when: string) => `Logged in ${when}`,
  end: 'End',
  endOf: (device: string, ip: string) => `End the session of ${device} at ${ip}`,
  endOthers: 'End all other sessions',
  endedOne: (device: string) => `The session of ${device} has ended.`,
  endedOthers: (count: number) => (count === 1 ? 'One session has ended.' : `${count} sessions have ended.`),
  onlyOne: 'You are logged in here only.',
};
