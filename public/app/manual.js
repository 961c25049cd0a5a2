// The manual: the Markdown file that the address names (`/manual/?page=pruning`), fetched and shown. marked divides it into
// tokens, and elements are made of these: no markup is ever parsed, so that whatever stands in a file stays text.

import { h, show } from './dom.js';
import { emptyState } from './problems.js';

const FOLDER = '/manual/';
const INDEX = 'README';

/// marked's lexer, or null where it is not installed: config/fetch-assets.sh puts it in place.
function lexer() {
  return import('/vendor/marked.umd.min.js').then(() => globalThis.marked?.lexer ?? null, () => null);
}

/// The text of a page, or null where there is none of that name.
async function read(name) {
  if (!/^[A-Za-z-]+$/.test(name)) return null;
  const response = await fetch(`${FOLDER}${name}.md`);
  return response.ok ? response.text() : null;
}

const addressOf = (name) => (name === INDEX ? FOLDER : `${FOLDER}?page=${name}`);

/// Where a link of the manual leads on this server; null for what is in the repository only.
function address(href) {
  if (href.startsWith('#') || href.startsWith('https://')) return href;
  const [, name, anchor = ''] = /^([A-Za-z-]+)\.md(#.*)?$/.exec(href) ?? [];
  return name ? addressOf(name) + anchor : null;
}

/// The name of a heading in addresses, as GitHub gives it.
function anchor(words) {
  return words.toLowerCase().replace(/[^\p{L}\p{N}\-_ ]/gu, '').replaceAll(' ', '-');
}

const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" };

/// marked escapes the text of its tokens for HTML, which this is not.
const plain = (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);

function blocks(tokens) { return tokens.map(block); }

function block(token) {
  switch (token.type) {
    case 'heading': {
      const heading = h(`h${token.depth}`, inline(token.tokens));
      heading.id = anchor(heading.textContent);
      return heading;
    }
    case 'paragraph': return h('p', inline(token.tokens));
    case 'code': return h('pre', { tabindex: 0 }, h('code', token.text));
    case 'list': return h(token.ordered ? 'ol' : 'ul', token.items.map((item) => h('li', blocks(item.tokens))));
    case 'table': return h('div.table-scroll', h('table.plain',
      token.header.some((cell) => cell.text) && h('thead', h('tr', token.header.map((cell) => h('th', inline(cell.tokens))))),
      h('tbody', token.rows.map((row) => h('tr', row.map((cell) => h('td', inline(cell.tokens))))))));
    case 'text': return inline(token.tokens ?? [token]);
    case 'space': return null;
    // What is not known, HTML among it, is shown as it stands.
    default: return h('p', token.raw);
  }
}

function inline(tokens) {
  return tokens.map((token) => {
    switch (token.type) {
      case 'text':
      case 'escape': return plain(token.text);
      case 'codespan': return h('code', plain(token.text));
      case 'strong':
      case 'em': return h(token.type, inline(token.tokens));
      case 'link': {
        const href = address(token.href);
        return href ? h('a', { href }, inline(token.tokens)) : h('span', inline(token.tokens));
      }
      default: return token.raw;
    }
  });
}

/// The list of pages, which is that of the index.
function pages(index, current) {
  const entries = [...index.matchAll(/^- \[([^\]]+)\]\(([A-Za-z-]+)\.md\)/gm)];
  return h('ul', entries.map(([, title, name]) =>
    h('li', h('a', { href: addressOf(name), 'aria-current': name === current && 'page' }, title))));
}

async function open() {
  const name = new URLSearchParams(location.search).get('page') ?? INDEX;
  const [lex, index, page] = await Promise.all([lexer(), read(INDEX), name === INDEX ? null : read(name)]);
  const text = name === INDEX ? index : page;
  const article = document.getElementById('text');
  const title = text === null ? 'Not found' : (/^# (.*)$/m.exec(text)?.[1] ?? name).replaceAll('`', '');
  document.title = name === INDEX ? 'Manual · Plumbline' : `${title} · Manual · Plumbline`;
  show(document.getElementById('crumbs'), name === INDEX
    ? h('span', { 'aria-current': 'page' }, 'Manual')
    : [h('a', { href: FOLDER }, 'Manual'), h('span', { 'aria-current': 'page' }, title)]);
  if (index !== null) show(document.getElementById('pages'), pages(index, name));
  show(article, text === null
    ? emptyState('There is no such page in the manual', 'The address may be incomplete.', h('p', h('a', { href: FOLDER }, 'Its first page')))
    : lex === null ? h('pre', text) : blocks(lex(text)));
  // The heading was not there yet when the browser looked for it.
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

open().catch((error) => {
  show(document.getElementById('text'), emptyState('The manual could not be read', 'The service does not answer. Try again in a moment.'));
  console.error(error);
});
