// The service, as the page sees it: JSON in and out, problem documents as errors that carry what they said.

import { signIn } from './session.js';

/// A failed request. `status` 0 means that no answer came at all.
export class Problem extends Error {
  constructor({ status, code, title, detail, requestId, errors, retryAfter }) {
    super(detail || title || `The service answered ${status}.`);
    this.status = status;
    this.code = code ?? null;
    this.title = title ?? null;
    this.requestId = requestId ?? null;
    this.errors = errors ?? [];
    this.retryAfter = retryAfter ?? null;
  }

  get isNotReady() { return this.status === 409 && this.code === 'NOT_READY'; }
  get isMissing() { return this.status === 404; }
}

function problemFrom(status, text, header) {
  let document = {};
  try { document = JSON.parse(text) ?? {}; } catch { /* a proxy's page or nothing: the status has to do */ }
  return new Problem({
    status,
    code: document.error_code,
    title: document.title,
    detail: document.detail ?? document.message,
    requestId: document.request_id ?? header('X-Request-Id'),
    errors: document.errors,
    retryAfter: Number(header('Retry-After')) || null,
  });
}

async function send(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem({ status: 0, detail: 'The service does not answer. It may be restarting; nothing is lost.' });
  }
  if (response.status === 401) {
    await signIn();
    if (options.signal?.aborted) throw new DOMException('The page has moved on.', 'AbortError');
    return send(path, options);
  }
  if (!response.ok) {
    throw problemFrom(response.status, await response.text(), (name) => response.headers.get(name));
  }
  return response;
}

/// One path segment.
export const segment = encodeURIComponent;

export async function getJSON(path, signal) {
  return (await send(path, { signal, headers: { Accept: 'application/json' } })).json();
}

export async function getBytes(path, signal) {
  return (await send(path, { signal })).arrayBuffer();
}

export function postJSON(path, body) {
  return sendJSON('POST', path, body);
}

export function putJSON(path, body) {
  return sendJSON('PUT', path, body);
}

async function sendJSON(method, path, body) {
  const response = await send(path, {
    method,
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
  return response.status === 204 ? null : response.json();
}

export async function remove(path) {
  await send(path, { method: 'DELETE' });
}

/// Sends a file with PUT; `query` says how it is to be read. Through XMLHttpRequest, because fetch cannot report how much has been sent.
export function upload(filename, blob, { query = '', onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `/v1/datasets/${segment(filename)}${query ? `?${query}` : ''}`);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded, event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else if (request.status === 401) signIn().then(() => upload(filename, blob, { query, onProgress, signal })).then(resolve, reject);
      else reject(problemFrom(request.status, request.responseText, (name) => request.getResponseHeader(name)));
    };
    request.onerror = () => reject(new Problem({
      status: 0,
      detail: 'The upload broke off before it was complete. Nothing of it was kept; send it again.',
    }));
    request.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(blob);
  });
}

/// Calls `step` again and again until it answers `'done'`: soon after something changed, ever more rarely while nothing
/// does, and not at all while the page is hidden.
export async function poll(step, signal, { shortest = 800, longest = 6000 } = {}) {
  let pause = shortest;
  while (!signal.aborted) {
    if (document.hidden) await visible(signal);
    if (signal.aborted) return;
    const outcome = await step();
    if (outcome === 'done') return;
    pause = outcome === 'changed' ? shortest : Math.min(longest, pause * 1.4);
    await wait(pause, signal);
  }
}

/// Calls `step` with each document that the server sends, until one of them is an `end`. The stream is closed while the
/// page is hidden. Where streams do not get through (a proxy that buffers, say) it resolves to false, so that the caller
/// can poll instead.
export async function follow(path, step, signal) {
  while (!signal.aborted) {
    if (document.hidden) await visible(signal);
    if (signal.aborted) return true;
    const outcome = await new Promise((resolve, reject) => {
      const source = new EventSource(path);
      let queue = Promise.resolve();
      let heard = false;
      const close = (result) => { source.close(); document.removeEventListener('visibilitychange', hide); resolve(result); };
      const hide = () => { if (document.hidden) close('hidden'); };
      const take = (event) => {
        heard = true;
        const document = JSON.parse(event.data);
        queue = queue.then(() => step(document)).catch((error) => { source.close(); reject(error); });
        if (event.type === 'end') queue.then(() => close('end'));
      };
      source.addEventListener('job', take);
      source.addEventListener('jobs', take);
      source.addEventListener('end', take);
      // The browser comes back by itself, with the id of what it saw last; a stream that never spoke is given up.
      source.addEventListener('error', () => { if (!heard) close('silent'); else if (source.readyState === EventSource.CLOSED) close('end'); });
      document.addEventListener('visibilitychange', hide);
      signal.addEventListener('abort', () => close('aborted'), { once: true });
    });
    if (outcome !== 'hidden') return outcome !== 'silent';
  }
  return true;
}

function wait(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function visible(signal) {
  return new Promise((resolve) => {
    const check = () => { if (!document.hidden) resolve(); };
    document.addEventListener('visibilitychange', check, { signal });
    signal.addEventListener('abort', resolve, { once: true });
  });
}
