import type { Problem } from '../api';
import type { Codes, Words } from './words';
import { wait } from './wait';

const inTime = (seconds?: number) => {
  const { count, minutes } = wait(seconds);
  if (count === 1) return minutes ? 'in einer Minute' : 'in einer Sekunde';
  return `in ${count} ${minutes ? 'Minuten' : 'Sekunden'}`;
};

const internal = ({ requestId }: Problem) =>
  `Etwas ist schiefgegangen. Versuchen Sie es noch einmal.${requestId ? ` Wenn es so bleibt, nennen Sie dem Support diese Nummer: ${requestId}` : ''}`;
const outdated = () => 'Diese Seite ist älter als der Dienst. Laden Sie sie neu, und versuchen Sie es noch einmal.';

const reasons: Record<string, string> = {
  email_unverified: 'Öffnen Sie den Link, den wir an Ihre E-Mail-Adresse geschickt haben, und melden Sie sich dann an.',
  not_offered: 'Dieser Dienst bietet das nicht an. Wählen Sie einen anderen Weg.',
  registration_closed: 'Hier kann man kein Konto anlegen. Bitten Sie die Administratoren des Dienstes um eine Einladung.',
  rank: 'Dieses Konto darf mehr als Ihres. Wenden Sie sich an einen Administrator.',
};

// What the service says about a value is in English.
const weakPassword = 'Wählen Sie ein anderes Passwort: lang genug, keines, das viele verwenden, und weder Ihr Name noch Ihre E-Mail-Adresse.';
const inputs: Record<string, string> = {
  email: 'Das ist keine E-Mail-Adresse. Geben Sie sie so ein: name@example.com.',
  name: 'Ein Name hat höchstens 200 Zeichen und keine Zeilenumbrüche oder unsichtbaren Zeichen.',
  password: weakPassword,
  newPassword: weakPassword,
  currentPassword: 'Geben Sie Ihr aktuelles Passwort ein.',
};

const codes: Codes = {
  UNREACHABLE: () => 'Der Dienst ist nicht erreichbar. Prüfen Sie Ihre Verbindung, und versuchen Sie es noch einmal.',
  UNAUTHENTICATED: () => 'Sie sind nicht mehr angemeldet. Melden Sie sich an, und versuchen Sie es noch einmal.',
  FORBIDDEN: ({ reason = '' }) => reasons[reason] ?? 'Ihr Konto darf das nicht. Wenden Sie sich an einen Administrator.',
  INVALID_CREDENTIALS: ({ field }) =>
    field === 'currentPassword'
      ? 'Das ist nicht Ihr aktuelles Passwort. Versuchen Sie es noch einmal, oder lassen Sie sich einen Link für ein neues schicken.'
      : 'Die E-Mail-Adresse oder das Passwort ist falsch. Prüfen Sie beides, oder wählen Sie ein neues Passwort.',
  PROOF_INVALID: () => 'Dieser Link oder Code wurde schon benutzt, ist zu alt oder gehört nicht hierher. Lassen Sie sich einen neuen schicken.',
  REFRESH_TOKEN_INVALID: () => 'Ihre Sitzung ist beendet. Melden Sie sich wieder an.',
  REFRESH_TOKEN_REUSED: () => 'Ihre Sitzung wurde beendet, weil ihr Token zweimal benutzt wurde. Melden Sie sich wieder an.',
  BAD_USER_INPUT: ({ field = '', message }) => inputs[field] ?? `Der Dienst nimmt diese Eingabe nicht an: ${message}`,
  NOT_FOUND: () => 'Das gibt es nicht mehr. Laden Sie die Seite neu.',
  CONFLICT: ({ field, message }) =>
    field === 'email' ? 'Mit dieser E-Mail-Adresse gibt es schon ein Konto. Melden Sie sich damit an, oder verwenden Sie eine andere.' : `Das geht gerade nicht: ${message}`,
  RATE_LIMITED: ({ retryAfter }) => `Zu viele Versuche. Versuchen Sie es ${inTime(retryAfter)} noch einmal.`,
  GRAPHQL_PARSE_FAILED: outdated,
  GRAPHQL_VALIDATION_FAILED: outdated,
  OPERATION_TOO_LARGE: () => 'Der Dienst erlaubt weniger, als diese Seite braucht. Bitten Sie die Administratoren, die Grenzen anzuheben.',
  BAD_REQUEST: outdated,
  PERSISTED_QUERY_NOT_FOUND: outdated,
  PERSISTED_QUERY_NOT_SUPPORTED: outdated,
  UNAVAILABLE: () => 'Der Dienst kann gerade nicht antworten. Versuchen Sie es gleich noch einmal.',
  INTERNAL: internal,
};

export const german: Words = {
  language: 'de',
  codes,

  account: 'Konto',
  pages: 'Seiten Ihres Kontos',
  wait: 'Einen Moment …',
  unavailable: 'Der Dienst ist nicht erreichbar',
  unavailableText: 'Sie sind nicht abgemeldet. Versuchen Sie es gleich noch einmal.',
  again: 'Noch einmal versuchen',
  logIn: 'Anmelden',
  logOut: 'Abmelden',
  cancel: 'Abbrechen',
  ended: 'Ihre Sitzung ist beendet. Melden Sie sich an, um fortzufahren.',
  loggedOut: 'Sie sind abgemeldet.',
  loggedInAs: (who) => `Sie sind als ${who} angemeldet.`,

  email: 'E-Mail-Adresse',
  name: 'Name',
  optional: '(freiwillig)',
  password: 'Passwort',
  currentPassword: 'Aktuelles Passwort',
  newPassword: 'Neues Passwort',
  show: 'Passwort anzeigen',
  atLeast: (count) => `Mindestens ${count} Zeichen. Mehrere Wörter merkt man sich leichter als Sonderzeichen.`,
  code: 'Code aus der E-Mail',

  forgot: 'Passwort vergessen?',
  noAccount: 'Sie haben noch kein Konto?',
  register: 'Konto anlegen',
  hasAccount: 'Sie haben schon ein Konto?',
  byMail: 'Per E-Mail anmelden',
  byMailText: 'Wir schicken Ihnen einen Link und einen Code.',
  byPassword: 'Mit Passwort anmelden',
  sendLink: 'Link schicken',
  another: 'Einen neuen Link schicken lassen',
  sent: 'Sehen Sie in Ihre E-Mails',
  loginSent: (to) => `Wenn es für ${to} ein Konto gibt, ist eine E-Mail dorthin unterwegs. Öffnen Sie ihren Link, oder geben Sie ihren Code hier ein.`,
  resetSent: (to) => `Wenn es für ${to} ein Konto gibt, ist eine E-Mail dorthin unterwegs. Öffnen Sie ihren Link, um ein neues Passwort zu wählen.`,
  registerSent: (to) => `Eine E-Mail an ${to} ist unterwegs. Öffnen Sie ihren Link, um das Konto anzulegen.`,
  required: (to) => `Eine E-Mail an ${to} ist unterwegs. Öffnen Sie ihren Link, um die Adresse zu bestätigen, und melden Sie sich dann an.`,
  spam: 'Keine E-Mail? Sehen Sie im Spam-Ordner nach. Wenn Sie noch einmal fragen, kommt derselbe Link.',

  reset: 'Neues Passwort wählen',
  resetText: 'Sie werden überall abgemeldet.',
  resetForgot: 'Geben Sie Ihre E-Mail-Adresse ein. Wir schicken Ihnen einen Link.',
  resetDone: 'Ihr Passwort ist geändert',
  resetDoneText: 'Alle Sitzungen sind beendet. Melden Sie sich mit dem neuen Passwort an.',

  verify: 'E-Mail-Adresse bestätigen',
  verifyText: 'Drücken Sie den Knopf, wenn Sie um diesen Link gebeten haben.',
  confirm: 'Adresse bestätigen',
  verified: 'Ihre E-Mail-Adresse ist bestätigt',
  verifiedText: 'Sonst ist nichts zu tun.',
  ownPassword: 'Geben Sie das Passwort des Kontos ein, damit wir wissen, dass Sie es angelegt haben.',
  notMine: 'Ich habe dieses Konto nicht angelegt',
  reclaim: 'Konto übernehmen?',
  reclaimText:
    'Eine andere Person hat Ihre Adresse für ein Konto verwendet. Wenn Sie es übernehmen, werden sein Passwort, sein Name, seine Sitzungen und Schlüssel entfernt. Wählen Sie danach ein neues Passwort.',
  reclaimIt: 'Konto übernehmen',
  reclaimed: 'Das Konto gehört Ihnen',
  reclaimedText: 'Was vorher eingerichtet war, ist entfernt. Wählen Sie ein Passwort, um sich anzumelden.',

  undo: 'Änderung Ihrer E-Mail-Adresse zurücknehmen',
  undoText: 'Das Konto bekommt seine frühere Adresse zurück. Alle Sitzungen und API-Schlüssel enden, das Passwort wird entfernt, und Sie bekommen einen Link für ein neues.',
  undoIt: 'Änderung zurücknehmen',
  undone: 'Die Änderung ist zurückgenommen',
  undoneText: 'Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um ein neues Passwort zu wählen.',

  loginLink: 'Mit diesem Link anmelden',
  loginLinkText: 'Mit dem Knopf melden Sie sich in diesem Browser an. Wenn Sie nicht um den Link gebeten haben, schließen Sie die Seite.',
  registerLink: 'Konto anlegen',
  registerLinkText: 'Ihre E-Mail-Adresse ist bestätigt. Wählen Sie ein Passwort für das Konto.',
  invitation: 'Sie sind eingeladen',
  inviteText: 'Wählen Sie ein Passwort für Ihr neues Konto.',
  inviteJoin: (who) => `Sie sind als ${who} angemeldet. Nehmen Sie die Einladung mit diesem Konto an.`,
  accept: 'Einladung annehmen',
  inviteLogIn: 'Ich habe schon ein Konto',
  inviteNew: 'Ich habe noch kein Konto',
  inviteOther: 'Dieses Konto hat nicht die eingeladene Adresse. Legen Sie ein neues an, oder melden Sie sich ab und mit dem anderen an.',
  askInviter: 'Wenn die Einladung zu alt ist, bitten Sie um eine neue.',

  profile: 'Profil',
  saveName: 'Namen speichern',
  nameSaved: 'Ihr Name ist gespeichert.',
  addressIs: (address) => `Ihre Adresse ist ${address}.`,
  isVerified: 'Sie ist bestätigt.',
  isUnverified: 'Sie ist noch nicht bestätigt.',
  sendVerification: 'Link zum Bestätigen schicken',
  verificationSent: 'Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um die Adresse zu bestätigen.',
  pending: (address) => `Sie wird zu ${address}, sobald Sie den Link öffnen, den wir dorthin geschickt haben.`,
  changeSent: (address) => `Wir haben einen Link an ${address} geschickt.`,
  changeEmail: 'E-Mail-Adresse ändern',
  newEmail: 'Neue E-Mail-Adresse',
  emailChanged: (address) => `Ihre E-Mail-Adresse ist jetzt ${address}.`,
  noPasswordYet: 'Ihr Konto hat kein Passwort. Wählen Sie erst eines, um die Adresse zu ändern.',
  deleteAccount: 'Konto löschen',
  deleteText: 'Das Konto und alle seine Daten werden sofort gelöscht. Das lässt sich nicht zurücknehmen.',
  deleteForEver: 'Konto endgültig löschen',
  deleted: 'Ihr Konto ist gelöscht.',

  changePassword: 'Passwort ändern',
  passwordChanged: 'Ihr Passwort ist geändert. Alle anderen Sitzungen sind beendet.',
  noPassword: 'Ihr Konto hat kein Passwort.',
  sendPassword: 'Link zum Wählen eines Passworts schicken',
  passwordSent: 'Wir haben Ihnen eine E-Mail geschickt. Öffnen Sie ihren Link, um ein Passwort zu wählen.',

  sessions: 'Sitzungen',
  sessionsText: 'Hier sind Sie angemeldet.',
  thisOne: 'diese hier',
  lastUsed: (when) => `Zuletzt benutzt ${when}`,
  since: (when) => `Angemeldet ${when}`,
  end: 'Beenden',
  endOf: (device, ip) => `Sitzung von ${device} mit der Adresse ${ip} beenden`,
  endOthers: 'Alle anderen Sitzungen beenden',
  endedOne: (device) => `Die Sitzung von ${device} ist beendet.`,
  endedOthers: (count) => (count === 1 ? 'Eine Sitzung ist beendet.' : `${count} Sitzungen sind beendet.`),
  onlyOne: 'Sie sind nur hier angemeldet.',
};
