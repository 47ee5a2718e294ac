// Lets the person choose a passkey, and sends what it signs with the form. Without a script, and in
// browsers without passkeys, the form stays hidden and the text before it says so.
'use strict';

const form = document.getElementById('passkey');

if (typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential) {
  document.getElementById('no-passkey').hidden = true;
  form.hidden = false;
  form.addEventListener('submit', send);
}

async function send(event) {
  event.preventDefault();
  const problem = form.querySelector('.problem');
  problem.textContent = '';
  try {
    const { publicKey } = JSON.parse(form.dataset.options);
    const passkey = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    form.elements.passkey.value = JSON.stringify(passkey);
    form.submit();
  } catch {
    problem.textContent = form.dataset.unused; // browsers don't say why
  }
}
