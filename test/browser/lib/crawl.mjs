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
    .replace(/\/\d+(?=\/|$)/g, '/{n}')
}

// What is a file or a program's answer, not a page; and what a link must not do by itself.
const skipped = /^\/(static|assets|journal\/(tile|checkpoint)|api\/|healthz|readyz|metrics)|\.(pdf|json|png|svg|ico|css|js|txt|csv|tlog-proof|jsonld)$|sign-out/

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

/** crawl returns [{ path, kind, html: {ms, en}, status }] as one person sees them; signed out when `as` is null. */
export async function crawl (server, as, { seeds = ['/'], each = 1, most = 400 } = {}) {
  const who = as ? await Person.as(server, as) : new Person(server)
  const queue = [...seeds]
  const seen = new Set()
  const count = new Map()
  const pages = []
  const broken = []
  while (queue.length && seen.size < most) {
    const path = queue.shift()
    if (seen.has(path)) continue
    seen.add(path)
    const k = kind(path)
    if ((count.get(k) ?? 0) >= each && !seeds.includes(path)) continue
    const ms = await who.get(path, { headers: { 'accept-language': 'ms', accept: 'text/html' } })
    if (ms.status >= 300 && ms.status < 400) {
      const to = new URL(ms.headers.get('location'), server.url)
      if (to.origin === server.url) queue.unshift(to.pathname + to.search)
      continue
    }
    if (!/text\/html/.test(ms.headers.get('content-type') ?? '')) continue
    if (ms.status !== 200) { broken.push(`${as ?? 'nobody'}: ${path}: ${ms.status}`); continue }
    count.set(k, (count.get(k) ?? 0) + 1)
    const en = await who.get(path, { headers: { 'accept-language': 'en', accept: 'text/html' } })
    pages.push({ path, kind: k, as, html: { ms: ms.text, en: en.text } })
    queue.push(...links(ms.text, server.url + path))
  }
  return { pages, broken }
}
