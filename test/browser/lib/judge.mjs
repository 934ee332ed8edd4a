// What must hold on every page: axe finds nothing, the HTML is valid, nothing scrolls sideways, every request succeeds,
// the console is silent, and the page is in the language it says.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { HtmlValidate } from 'html-validate'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const validator = new HtmlValidate({
  extends: ['html-validate:standard', 'html-validate:document'],
  rules: {
    // Two of its rules are about taste, not validity: templ writes void elements and white space its own way.
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'long-title': 'off',
    // The kit's DOM is govuk-frontend's, whose fixtures are judged elsewhere: role=list, type on buttons.
    'no-redundant-role': 'off',
    'no-implicit-button-type': 'off',
    'prefer-native-element': 'off',
    'require-sri': 'off',
    'no-inline-style': 'error'
  }
})

/** html judges the bytes that the server sent, before any script ran. */
export async function html (text, where) {
  const report = await validator.validateString(text, where)
  return report.results.flatMap(r => r.messages)
    .filter(m => m.severity === 2)
    .map(m => `html: ${m.line}:${m.column} ${m.ruleId}: ${m.message}${m.selector ? ' (' + m.selector + ')' : ''}`)
}

/** watch collects what a browser page complains about; call the returned function for the list. */
export function watch (page, allow = () => false) {
  const bad = []
  page.on('console', m => { if (['error', 'warning'].includes(m.type())) bad.push({ url: m.location().url, text: `console: ${m.text()}` }) })
  page.on('pageerror', e => bad.push({ url: '', text: `script: ${e.message}` }))
  page.on('requestfailed', r => { if (r.failure()?.errorText !== 'net::ERR_ABORTED') bad.push({ url: r.url(), text: `request failed: ${r.url()} ${r.failure()?.errorText}` }) })
  page.on('response', r => { if (r.status() >= 400) bad.push({ url: r.url(), text: `${r.status()} ${r.url()}` }) })
  return () => bad.splice(0).filter(b => !allow(b)).map(b => b.text)
}

/** scripts turns a page's JavaScript on or off: off while it loads, so that it is the page of a browser without, and on
 * again for axe, which needs it. The setting lives as long as its session, so one session is kept for each page. */
const sessions = new WeakMap()
export async function scripts (page, on) {
  if (!sessions.has(page)) sessions.set(page, await page.context().newCDPSession(page))
  await sessions.get(page).send('Emulation.setScriptExecutionDisabled', { value: !on })
}

/** accessible runs axe with the WCAG 2.2 AA and best-practice rules; each violation is one line naming its first elements. */
export async function accessible (page) {
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const r = await globalThis.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations']
    })
    return r.violations.map(v => ({ id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map(n => n.target.join(' ') + ': ' + (n.any[0]?.message ?? n.all[0]?.message ?? n.none[0]?.message ?? '')) }))
  })
  return found.map(v => `axe: ${v.id}: ${v.help}: ${v.nodes.join(' | ')}`)
}

/** layout finds what scrolls the page sideways, and text that is cut off. */
export async function layout (page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    const wide = [...document.querySelectorAll('body *')].filter(e => {
      const r = e.getBoundingClientRect()
      return (r.right > width + 1 && r.width > 0) || (e.scrollWidth > e.clientWidth + 1 && r.left + e.scrollWidth > width + 1 && getComputedStyle(e).overflowX === 'visible')
    })
    const deepest = wide.filter(e => !wide.some(o => o !== e && e.contains(o))).slice(0, 3)
    return [`layout: scrolls sideways (${document.documentElement.scrollWidth} > ${width}): ` +
      deepest.map(e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + (e.className ? '.' + String(e.className).split(' ').join('.') : '')).join(', ')]
  })
}

/** language checks that the page says and speaks the asked language, and that no text key shows. */
export async function language (page, lang) {
  return page.evaluate(lang => {
    const bad = []
    if (document.documentElement.lang !== lang) bad.push(`language: html lang is ${document.documentElement.lang}, not ${lang}`)
    // An address in <code> may show its own places: /verify/{code}.
    const shown = document.body.cloneNode(true)
    for (const e of shown.querySelectorAll('code, pre, kbd, script, textarea')) e.remove()
    const text = shown.textContent + document.title
    const key = text.match(/⟦[^⟧]*⟧/)
    if (key) bad.push(`language: a text is missing: ${key[0]}`)
    const hole = text.match(/\{[a-z_]+\}|%!?[a-z]\(|undefined|\[object |NaN/)
    if (hole) bad.push(`language: an unfilled place: ${hole[0]}`)
    return bad
  }, lang)
}

/** all is the whole judgement of a page that is already open. */
export async function all (page, lang) {
  return [...await layout(page), ...await language(page, lang), ...await accessible(page)]
}
