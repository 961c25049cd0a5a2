// Signing in, where the service asks for a token. The token itself is not kept: it is exchanged for a cookie that no
// script can read.

import { h, add, show } from './dom.js';

const MARK = 'plumbline-signed-in';
let pending = null;

async function post(token) {
  const response = await fetch('/v1/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify({ token }),
  });
  // 204: this service lets everybody in.
  if (response.status === 204) return null;
  if (response.ok) {
    localStorage.setItem(MARK, 'yes');
    drawSignOut();
    return null;
  }
  if (response.status === 401) return 'There is no such token.';
  let document = {};
  try { document = await response.json(); } catch { /* a proxy's page: the status has to do */ }
  return document.detail ?? `The service answered ${response.status}.`;
}

/// A token that came in the address (`/#token=…`): used once, and taken out of the address and the history.
async function signInByAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (!token) return false;
  history.replaceState(history.state, '', location.pathname + location.search);
  return await post(token) === null;
}

/// Asks for a token until one is accepted. Whoever asks meanwhile waits for the same form.
export function signIn() {
  pending ??= signInByAddress().then((done) => done || ask()).finally(() => { pending = null; });
  return pending;
}

function ask() {
  localStorage.removeItem(MARK);
  drawSignOut();
  return new Promise((resolve) => {
    const input = h('input.text-field', {
      type: 'password', id: 'token', name: 'token', autocomplete: 'current-password', required: true, autofocus: true,
      spellcheck: 'false', autocapitalize: 'off', 'aria-describedby': 'sign-in-news',
    });
    const news = h('p.sign-in-news', { id: 'sign-in-news', role: 'alert' });
    const go = h('button.primary', { type: 'submit' }, 'Sign in');
    const form = h('form', {
      onsubmit: async (event) => {
        event.preventDefault();
        go.disabled = true;
        let wrong;
        try {
          wrong = await post(input.value.trim());
        } catch {
          wrong = 'The service does not answer. Try again in a moment.';
        }
        go.disabled = false;
        if (wrong === null) return dialog.close('in');
        show(news, wrong);
        input.select();
      },
    });
    const dialog = h('dialog.dialog.sign-in', { 'aria-labelledby': 'sign-in-title' }, h('h2', { id: 'sign-in-title' }, 'Sign in'), form);
    add(form,
      h('p', 'This service asks for an access token. It was printed when the service first started; ',
        h('code', 'plumbline token create'), ' on its machine makes another.'),
      h('label.field-label', { for: 'token' }, 'Access token'), input, news, h('p.actions', go));
    // There is nothing to see without it, so Escape only brings the form back.
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    dialog.addEventListener('close', () => {
      if (dialog.returnValue !== 'in') return dialog.showModal();
      dialog.remove();
      return resolve(true);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/// Shows the button that signs out, where this browser has signed in.
export function drawSignOut() {
  const tools = document.querySelector('.topbar-tools');
  tools.querySelector('#sign-out')?.remove();
  if (localStorage.getItem(MARK) !== 'yes') return;
  tools.prepend(h('button.sign-out', {
    type: 'button', id: 'sign-out',
    onclick: async () => {
      await fetch('/v1/session', { method: 'DELETE' }).catch(() => null);
      localStorage.removeItem(MARK);
      location.assign('/');
    },
  }, 'Sign out'));
}
