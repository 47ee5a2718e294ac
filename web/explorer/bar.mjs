// The bar above the editor: who is signed in, for how long, and the buttons for the session.

// showBar keeps the elements of index.html in step with the session.
export function showBar(session, transport) {
  const part = (id) => document.getElementById(id);
  const elements = Object.fromEntries(
    ['who', 'signed-in', 'expiry', 'token', 'claims', 'notice', 'refresh', 'log-out', 'copy'].map((id) => [id, part(id)]),
  );
  const draw = () => drawSession(elements, session);
  session.addEventListener('change', draw);
  setInterval(() => drawExpiry(elements.expiry, session), 1000);
  draw();

  disableWhile(elements.refresh, () => transport.refresh());
  disableWhile(elements['log-out'], () => transport.logOut());
  elements.copy.hidden = !navigator.clipboard; // missing on a page served without TLS
  disableWhile(elements.copy, async () => {
    await navigator.clipboard.writeText(session.accessToken);
    session.notify('The access token was copied to the clipboard.');
  });
  closeOnOutsideClick(elements.token);
}

// showSchema shows in the bar that the answer to an introspection query has no schema, and why.
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
  drawUser(elements.who, signedIn ? userParts(session) : [text('span', 'Not signed in', 'signed-out')]);
  if (!signedIn) elements.token.open = false;
  drawExpiry(elements.expiry, session);
  drawClaims(elements.claims, session.claims ?? {});
}

// drawUser leaves the element alone if its text is the same: a screen reader would read it again.
function drawUser(element, parts) {
  if (parts.map((part) => part.textContent).join('') !== element.textContent) element.replaceChildren(...parts);
}

function userParts(session) {
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

// clock formats seconds as 14:32, or 1:02:03.
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

// disableWhile runs work on a click, and disables the button until it is done.
function disableWhile(button, work) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await work();
    } finally {
      button.disabled = false;
    }
  });
}

// closeOnOutsideClick closes a panel on a click outside it, and on Escape.
function closeOnOutsideClick(details) {
  document.addEventListener('click', (event) => {
    if (!details.contains(event.target)) details.open = false;
  });
  details.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    details.open = false;
    details.querySelector('summary').focus();
  });
}
