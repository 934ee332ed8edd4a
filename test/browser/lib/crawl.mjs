// Finds the hall's pages as a reader does, by following links, and keeps one or two of each type.
import { Person } from './api.mjs'

/** kind is a path's type: references, ids, codes and numbers are all alike. */
export function kind (path) {
  const url = new URL(path, 'http://x')
  return url.pathname
    .replace(/\/[A-Z]{2,4}(-[0-9A-Z]{1,4}){3,}/g, '/{ref}')
    .replace(/\/[0-9a-f]{8}-[0-9a-f-]{27}/g, '/{id}')
    .replace(/\/[0-9A-Z]{4}(-[0-9A-Z]{4}){2,}(-[0-9A-Z])?/g, '/{code}')
    .replace(/\/[0-9a-f]{32,}/g, '/{hash}')
    .replace(/\/MY-\d\d/g, '/{state}')
    .replace(/^\/(service|report|team)\/[^/]+\/[^/]+/, '/$1/{agency}/{service}')
    .replace(/^\/(demo\/story)\/[^/]+/, '/$1/{name}')
    .replace(/^\/agency\/[a-z0-9-]+/, '/agency/{agency}')
    .replace(/\/\d+(?=\/|$)/g, '/{n}')
}

// What a link must not do by itself, and what is for programs.
const skipped = /^\/(static|journal\/tile|api\/)|sign-out/

/** links are the same-origin addresses in a page's HTML. */
export function links (html, base) {
  const out = []
  for (const [, raw] of html.matchAll(/<a\b[^>]*?\bhref="([^"]+)"/g)) {
    const url = new URL(raw.replaceAll('&amp;', '&'), base)
    if (url.origin !== new URL(base).origin || skipped.test(url.pathname)) continue
    url.hash = ''
    url.searchParams.delete('lang')
    out.push(url.pathname + url.search)
  }
  return out
}

/** crawl returns what one person sees, nobody when `as` is null: pages [{ path, kind, as, html: {ms}, english }], where
 * english asks for the page in the other language, the links that are broken, and every path that was asked, those that
 * lead elsewhere or to a file too. */
export async function crawl (server, as, { seeds = ['/'], each = 1, most = 1000 } = {}) {
  const who = as ? await Person.as(server, as) : new Person(server)
  const queue = [...seeds]
  const seen = new Set()
  const count = new Map()
  const pages = []
  const broken = []
  const asked = []
  while (queue.length && seen.size < most) {
    const path = queue.shift()
    if (seen.has(path)) continue
    seen.add(path)
    const k = kind(path)
    if ((count.get(k) ?? 0) >= each && !seeds.includes(path)) continue
    asked.push(path)
    const ms = await who.get(path, { headers: { 'accept-language': 'ms', accept: 'text/html' } })
    if (ms.status >= 300 && ms.status < 400) {
      const to = new URL(ms.headers.get('location'), server.url)
      if (to.origin === server.url) queue.unshift(to.pathname + to.search)
      continue
    }
    if (ms.status === 503) continue // a proof that is not in the tree yet
    if (ms.status !== 200) { broken.push(`${as ?? 'nobody'}: ${path}: ${ms.status}`); continue }
    if (!/text\/html/.test(ms.headers.get('content-type') ?? '')) continue
    count.set(k, (count.get(k) ?? 0) + 1)
    const english = async () => (await who.get(path, { headers: { 'accept-language': 'en', accept: 'text/html' } })).text
    pages.push({ path, kind: k, as, html: { ms: ms.text }, english })
    queue.push(...links(ms.text, server.url + path))
  }
  return { pages, broken, asked }
}
