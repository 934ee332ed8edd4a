// Every page type in each state a reader can find: ms and en, JavaScript on and off, 320 and 1280 px.
import { execFileSync } from 'node:child_process'
import { open } from './lib/browser.mjs'
import { binary } from './lib/server.mjs'
import { all } from './lib/reader.mjs'
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

/** seen judges one open page in one setting. */
async function judged (page, path, lang, js) {
  await judge.scripts(page, js)
  const complaints = judge.watch(page)
  const bad = []
  try {
    const answer = await page.goto(path, { waitUntil: 'load' })
    if (answer.status() !== 200) bad.push(`status ${answer.status()}`)
    await judge.scripts(page, true)
    bad.push(...await judge.all(page, lang), ...complaints())
  } catch (e) {
    bad.push('judge: ' + e.message.split('\n')[0])
  }
  page.removeAllListeners()
  return bad
}

const tests = {
  'no link is broken, and every page route was seen': async ({ server }) => {
    const { pages, broken, asked } = await all(server)
    console.log(`      ${pages.length} pages of ${new Set(pages.map(p => p.kind)).size} types`)
    const faults = new Map()
    note(faults, broken.map(b => 'broken link: ' + b), '')
    const routes = JSON.parse(execFileSync(binary, ['routes', '--json', '--demo'], { encoding: 'utf8' }))
    for (const r of routes) {
      const { method, pattern } = lower(r)
      if (method !== 'GET' || notPages.test(pattern)) continue
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
// an act which the scene does not do: a find at a counter, a letter in hand, a batch, a grant to decline, an entry that the offline counter could not make.
const notPages = /^\/(api\/|v1\/|v2\/|pay\/|receipt\/|r\/|bill\/|file\/|static|healthz|readyz|metrics|invite|journal\/tile|sign-in\/resume|kiosk\/end|recover\/|me\/passkeys|\.well-known\/|oidc\/|staff\/|sandbox\/|apps\/|counter\/found|counter\/enrol$|counter\/enrolments\/|enrol\/sent|letter\/|feedback\/|letters\/batch|offline\/|letters\/case\/[^/]+\/certificate|case\/[^/]+\/decline|office\/|me\/held\/office\/|scim\/|acting\/company\/|payments\/[^/]+\/(payment\/|payouts\/[^/]+\/(report|again)|exceptions\/))/

const lower = o => Object.fromEntries(Object.entries(o).map(([k, v]) => [k.toLowerCase(), v]))

for (const lang of ['ms', 'en']) {
  for (const js of [true, false]) {
    tests[`in ${lang}, JavaScript ${js ? 'on' : 'off'}`] = async ({ browser, server }) => {
      const { pages } = await all(server)
      const faults = new Map()
      // One setting is judged more closely: two viewers of each type of page, and the wide page too. BALAI_EVERY=1
      // judges every page in every setting.
      const every = Boolean(process.env.BALAI_EVERY)
      const close = every || (lang === 'ms' && js)
      const look = (width, most) => [...group(every ? pages : few(pages, most))].map(([as, list]) => ({ as, list, width }))
      const jobs = [...look(320, close ? 2 : 1), ...(close ? look(1280, 1) : [])]
      const worker = async () => {
        for (let job; (job = jobs.shift());) {
          const context = await open(browser, server, { lang, width: job.width, as: job.as })
          const page = await context.newPage()
          for (const p of job.list) {
            note(faults, await judged(page, p.path, lang, js), `${p.path} as ${job.as} at ${job.width} px`)
          }
          await context.close()
        }
      }
      await Promise.all([worker(), worker(), worker()])
      report(faults)
    }
  }
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
