// Reads the hall as each kind of reader does, and keeps every page type once for each who may see it differently.
import { crawl } from './crawl.mjs'
import { scene, birth, aid } from './scene.mjs'

const officers = ['off-jb-reg', 'off-tg-reg', 'off-tg-asst', 'off-hq-appeal', 'off-hq-records', 'off-jkm-check', 'off-head', 'off-team', 'off-auditor', 'off-admin', 'off-protect', 'off-kb-counter', 'off-nadi-helper']

const found = new WeakMap()

// everything is what each viewer can reach, each page type once for each viewer who may see it differently.
async function everything (server) {
  const s = await scene(server)
  const seeds = ['/', '/demo', '/life/birth-of-a-child', `/service/${birth}`, `/service/${aid}`, '/journal', '/me', '/me/contact']
  const viewers = [[null, ['/', '/demo', '/service/kkm/antenatal-care', '/sign-in', '/signed-out', '/demo/kit', '/journal', '/sitemap.xml', '/robots.txt']]]
  for (const [id, c] of Object.entries(s.cases)) viewers.push([id, [...seeds, `/case/${c.ref}`]])
  viewers.push(['kavitha', [...seeds, `/service/${birth}/eligibility`, `/service/${birth}/apply`, `/service/${birth}/apply/review`]], ['zainab', seeds])
  for (const id of officers) viewers.push([id, ['/', '/desk', `/team/${birth}`, '/admin/import', '/protection', `/desk/${s.waiting.ref}/protected`, '/me', '/me/posts']])
  for (const id of ['off-ptptn-treasurer-1', 'off-mbpj-treasurer-1']) viewers.push([id, ['/', `/payments/${id.split('-')[1]}`]])
  viewers.push(['off-anm-treasurer-1', ['/payments', '/payments?days=7']])

  const pages = new Map()
  const broken = []
  const asked = new Set()
  // Three read at a time; whose page of a type is kept follows from the list above.
  const read = []
  const queue = [...viewers.keys()]
  const reader = async () => {
    for (let i; (i = queue.shift()) !== undefined;) read[i] = await crawl(server, viewers[i][0], { seeds: viewers[i][1] })
  }
  await Promise.all([reader(), reader(), reader()])
  for (const [i, [as, from]] of viewers.entries()) {
    const r = read[i]
    for (const path of r.asked) asked.add(path.split('?')[0])
    // A seed that this viewer may not see is no broken link.
    broken.push(...r.broken.filter(b => !from.some(f => b.includes(`: ${f}: `))))
    for (const p of r.pages) {
      const own = /^\/(case|me|desk|certificate|team|protection)/.test(p.kind) || p.path === '/'
      const key = p.kind + ' ' + (own ? as : as ? 'someone' : 'nobody')
      if (!pages.has(key)) pages.set(key, p)
    }
  }
  for (const p of pages.values()) p.html.en = await p.english()
  return { pages: [...pages.values()], broken, asked: [...asked] }
}

/** all is { pages, broken, asked } of every viewer together, read once for a server. */
export function all (server) {
  if (!found.has(server)) found.set(server, everything(server))
  return found.get(server)
}
