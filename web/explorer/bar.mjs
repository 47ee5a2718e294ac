// The bar above the editor: who is signed in, until when, and the buttons that go with it.

// showBar keeps the elements of index.html up to date with the session.
export function showBar(session, transport) {
  const part = (id) => document.getElementById(id);
  const elements = Object.fromEntries(
    ['who', 'signed-in', 'expiry', 'token', 'claims', 'notice', 'refresh', 'log-out', 'copy'].map((id) => [id, part(id)]),
  );
  const draw = () => drawSession(elements, session);
  session.addEventListener('change', draw);
  setInterval(() => drawExpiry(elements.expiry, session), 1000);
  draw();

  busyWhile(elements.refresh, () => transport.refresh());
  busyWhile(elements['log-out'], () => transport.logOut());
  elements.copy.hidden = !navigator.clipboard; // a page served without TLS has none
  busyWhile(elements.copy, async () => {
    await navigator.clipboard.writeText(session.accessToken);
    session.say('The access token is in the clipboard.');
  });
  closeByItself(elements.token);
}

// showSchema says in the bar when the answer to an introspection holds no schema, and why.
export function showSchema(answer) {
  const element = document.getElementById('no-schema');
  element.hidden = Boolean(answer.data?.__schema);
  element.title = answer.errors?.[0]?.message ?? '';
}

function drawSession(elements, session) {
  const signedIn = session.accessToken !== null;
  elements['signed-in'].hidden = !signedIn;
  elements.refresh.hidden = !session.refreshable;
  elements.notice.textContent = session.notice;
  drawPerson(elements.who, signedIn ? person(session) : [text('span', 'Not signed in', 'nobody')]);
  if (!signedIn) elements.token.open = false;
  drawExpiry(elements.expiry, session);
  drawClaims(elements.claims, session.claims ?? {});
}

// drawPerson leaves the element alone when it says the same: a screen reader would read it out again.
function drawPerson(element, parts) {
  if (parts.map((part) => part.textContent).join('') !== element.textContent) element.replaceChildren(...parts);
}

function person(session) {
  const roles = session.claims?.roles ?? [];
  return [
    text('span', 'Signed in as ', 'lead'),
    text('strong', session.name, 'name'),
    ...roles.map((role) => text('span', ` ${role}`, 'role')),
  ];
}

function drawExpiry(element, session) {
  const left = session.secondsLeft;
  element.textContent = left > 0 ? `access token expires in ${clock(left)}` : 'access token expired';
  element.classList.toggle('expired', left === 0);
}

// clock writes seconds as 14:32, or 1:02:03.
export function clock(seconds) {
  const pad = (n) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
}

function drawClaims(list, claims) {
  const when = (seconds) => (seconds ? new Date(seconds * 1000).toLocaleString() : '');
  const rows = [
    ['Account', claims.sub],
    ['Session', claims.sid],
    ['Roles', claims.roles?.join(', ')],
    ['Scopes', claims.scope?.split(' ').join(', ')],
    ['Issued', when(claims.iat)],
    ['Expires', when(claims.exp)],
  ];
  list.replaceChildren(...rows.flatMap(([term, value]) => [text('dt', term), text('dd', value || '–')]));
}

function text(tag, content, className = '') {
  const element = document.createElement(tag);
  element.textContent = content;
  if (className) element.className = className;
  return element;
}

// busyWhile runs the work of a button, which can't be pressed again until it is done.
function busyWhile(button, work) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await work();
    } finally {
      button.disabled = false;
    }
  });
}

// closeByItself shuts a panel on Escape and on a click elsewhere.
function closeByItself(details) {
  document.addEventListener('click', (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    details.open = false;
    details.querySelector('summary').focus();
  });
}
