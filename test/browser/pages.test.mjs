// Every page type in each state a reader can find: ms and en, JavaScript on and off, 320 and 1280 px.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { open } from './lib/browser.mjs'
import { binary } from './lib/server.mjs'
import { all } from './lib/reader.mjs'
import { route, skeleton } from './lib/shape.mjs'
import * as judge from './lib/judge.mjs'

/** report throws one error that names every fault once, with the places where it was seen. */
function report (faults) {
  if (!faults.size) return
  const lines = [...faults].map(([what, where]) => `${what}\n    ${where.slice(0, 3).join('\n    ')}${where.length > 3 ? `\n    and ${where.length - 3} more` : ''}`)
  throw new Error(`${faults.size} faults\n${lines.join('\n')}`)
}

function note (faults, list, where) {
  for (const f of list) faults.set(f, [...(faults.get(f) ?? []), where])
}

/** judged judges one open page in one setting: whole, or without axe. */
async function judged (page, path, lang, js, whole) {
  await judge.scripts(page, js)
  const complaints = judge.watch(page)
  const bad = []
  try {
    const answer = await page.goto(path, { waitUntil: 'load' })
    if (answer.status() !== 200) bad.push(`status ${answer.status()}`)
    await judge.scripts(page, true)
    bad.push(...whole ? await judge.all(page, lang) : [...await judge.layout(page), ...await judge.language(page, lang)], ...complaints())
  } catch (e) {
    bad.push('judge: ' + e.message.split('\n')[0])
  }
  page.removeAllListeners()
  return bad
}

const lower = o => Object.fromEntries(Object.entries(o).map(([k, v]) => [k.toLowerCase(), v]))
const gets = JSON.parse(execFileSync(binary, ['routes', '--json', '--demo'], { encoding: 'utf8' })).map(lower).filter(r => r.method === 'GET').map(r => r.pattern)

const tests = {
  'pages of one shape differ in words and numbers only': async () => {
    const page = '<main class="x"><h1>A</h1><label for="q">Q</label><input id="q" type="text"><p>w</p></main>'
    const alike = (from, to) => skeleton(page) === skeleton(page.replaceAll(from, to))
    for (const [from, to] of [['>w<', '>a longer word<'], ['<p>w</p>', '<p>w</p><p>x</p>'], ['"q"', '"z"']]) assert(alike(from, to), `${to} makes another shape`)
    for (const [from, to] of [['for="q"', 'for="r"'], ['>w<', '><'], ['"x"', '"y"'], ['type="text"', 'type="date"'], ['<p>', '<p><a href="/">y</a>'], ['<p>', '<h3>y</h3><p>']]) {
      assert(!alike(from, to), `${to} makes no other shape`)
    }
    const of = route(['/{$}', '/desk/{ref}', '/desk/find', '/static/{p...}', '/notices.txt'])
    for (const [path, p] of [['/', '/{$}'], ['/desk/find?q=1', '/desk/find'], ['/desk/x', '/desk/{ref}'], ['/static/a/b', '/static/{p...}'], ['/notices-txt', '/notices-txt']]) assert.equal(of(path), p)
  },

  'no link is broken, and every page route was seen': async ({ server }) => {
    const { pages, broken, asked } = await all(server)
    console.log(`      ${pages.length} pages of ${new Set(pages.map(p => p.kind)).size} types`)
    const faults = new Map()
    note(faults, broken.map(b => 'broken link: ' + b), '')
    for (const pattern of gets) {
      if (notPages.test(pattern)) continue
      const re = new RegExp('^' + pattern.replace(/\{\$\}$/, '').replace(/\{[^}]*\.\.\.\}/g, '.*').replace(/\{[^}]+\}/g, '[^/]+') + '$')
      if (!asked.some(path => re.test(path))) note(faults, [`no link leads to ${pattern}`], '')
    }
    report(faults)
  },

  'the HTML is valid': async ({ server }) => {
    const faults = new Map()
    for (const p of (await all(server)).pages) {
      for (const lang of ['ms', 'en']) note(faults, (await judge.html(p.html[lang], p.path)).map(l => l.replace(/^html: [\d:]+ /, 'html: ')), `${lang} ${p.path} as ${p.as}`)
    }
    report(faults)
  },

  'the HTML is small': async ({ server }) => {
    const { gzipSync } = await import('node:zlib')
    const faults = new Map()
    for (const p of (await all(server)).pages) {
      if (p.kind === '/demo/kit') continue // every component in every state on one page
      const size = gzipSync(p.html.ms).length
      if (size > 14 * 1024) note(faults, [`${p.kind} is more than 14 KB compressed`], `${size} bytes as ${p.as}`)
    }
    report(faults)
  }
}

// Programs' answers and files; pages that only a one-time link opens, judged in other suites; and pages that come after
// an act which the scene does not do: a find at a counter, a letter in hand, a batch, a grant to decline, an entry that the offline counter could not make. A post of the demo that is vacant: there is none.
const notPages = /^\/(api\/|v1\/|v2\/|pay\/|receipt\/|r\/|bill\/|file\/|static|healthz|readyz|metrics|invite|journal\/tile|sign-in\/resume|kiosk\/end|recover\/|me\/passkeys|\.well-known\/|oidc\/|staff\/|sandbox\/|apps\/|counter\/found|counter\/enrol$|counter\/enrolments\/|enrol\/sent|letter\/|feedback\/|letters\/batch|offline\/|letters\/case\/[^/]+\/certificate|case\/[^/]+\/decline|office\/|me\/held\/office\/|scim\/|acting\/company\/|admin\/officers\/appoint|payments\/[^/]+\/(payment\/|payouts\/[^/]+\/(report|again)|exceptions\/))/

for (const lang of ['ms', 'en']) {
  for (const js of [true, false]) {
    tests[`in ${lang}, JavaScript ${js ? 'on' : 'off'}`] = async ({ browser, server }) => {
      const { pages } = await all(server)
      const faults = new Map()
      // One setting is judged more closely: two viewers of each type of page are opened, and the wide page too. axe and the
      // other settings judge one page of each shape (two in that setting): twenty agencies have the same cash desk. axe, the
      // style sheet and the scripts go by elements, their attributes and how they stand in each other, and a shape is those.
      // What a text alone can do is a wrong width, a missing word or wrong HTML: that is looked for in every page opened and
      // in all HTML above, and the example of a shape is its longest page. BALAI_EVERY=1 judges every page in every setting.
      const every = Boolean(process.env.BALAI_EVERY)
      const close = every || (lang === 'ms' && js)
      const whole = new Set(every ? pages : examples(few(pages, close ? 2 : 1), lang, close ? 2 : 1))
      const opened = new Set(close && !every ? few(pages, 2) : whole)
      const look = (width, list) => [...group(list)].flatMap(([as, list]) => portions(list).map(list => ({ as, list, width })))
      const jobs = [...look(320, [...opened]),
        ...(close ? look(1280, every ? pages : examples(few(pages, 1), lang, 1)) : [])]
      const worker = async () => {
        for (let job; (job = jobs.shift());) {
          const context = await open(browser, server, { lang, width: job.width, as: job.as })
          const page = await context.newPage()
          for (const p of job.list) {
            note(faults, await judged(page, p.path, lang, js, whole.has(p)), `${p.path} as ${job.as} at ${job.width} px`)
          }
          await context.close()
        }
      }
      await Promise.all([worker(), worker(), worker()])
      report(faults)
    }
  }
}

const pattern = route(gets)

/** examples are so many viewers' pages of each shape, of each of them the page with the most text. */
function examples (pages, lang, most) {
  const shapes = new Map()
  for (const p of pages) {
    const key = pattern(p.path) + '\n' + skeleton(p.html[lang])
    shapes.set(key, [...(shapes.get(key) ?? []), p])
  }
  const size = p => p.html[lang].length
  return [...shapes.values()].flatMap(list => {
    list.sort((a, b) => size(b) - size(a))
    const viewers = new Set()
    return list.filter(p => !viewers.has(p.as) && viewers.size < most && viewers.add(p.as))
  })
}

/** portions are lists of a length that no worker is kept by at the end. */
function portions (list, most = 20) {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, i) => list.slice(i * most, (i + 1) * most))
}

/** few keeps so many viewers of each type of page: the HTML of all of them is judged above, and most of it is the same. */
function few (pages, most) {
  const seen = new Map()
  return pages.filter(p => {
    seen.set(p.kind, (seen.get(p.kind) ?? 0) + 1)
    return seen.get(p.kind) <= most
  })
}

function group (pages) {
  const m = new Map()
  for (const p of pages) m.set(p.as, [...(m.get(p.as) ?? []), p])
  return m
}

export default tests
