// Every persona's story, followed as it is told: demo.json says who, where and what comes of it; a sample case says what they enter.
import assert from 'node:assert/strict'
import { open } from './lib/browser.mjs'
import { examples, Person } from './lib/api.mjs'
import { submit } from './lib/form.mjs'
import * as judge from './lib/judge.mjs'
import { at, follow, good, opened, ready, through } from './lib/walk.mjs'

/** scripted are those who walk with JavaScript; everybody else walks without. */
const scripted = ['kavitha', 'jennifer', 'marlina', 'norazlina', 'farah', 'nguyen-thi-lan', 'halimah', 'lim-siew-hua']

/** seen are the kinds of page that axe has read; it reads each once, where a browser with JavaScript meets it first. */
const seen = new Set()
const kind = url => new URL(url).pathname.replace(/^\/(life|case|certificate|verify)\/.*/, '/$1').replace(/^\/service\/[^/]+\/[^/]+/, '/service').replace(/\/[0-9A-Z][0-9A-Z-]{7,}/g, '/*')

/** fine is good, and what axe says of the first page of its kind. */
async function fine (page, lang, js) {
  await good(page, lang)
  if (!js || seen.has(kind(page.url()))) return
  seen.add(kind(page.url()))
  assert.deepEqual(await judge.accessible(page), [], page.url())
}

/** enter is the demo's door: one press and one is the persona, where their walk begins. */
async function enter (page, id) {
  await page.goto('/demo')
  await submit(page, page.locator(`form:has(input[name=as][value="${id}"]) button`))
}

/** begin goes from the moment in a life to the first page of the form, by the links that lead there. */
async function begin (page, who, lang, js) {
  const service = `/service/${who.service}`
  at(page, `/life/${who.event}`)
  await fine(page, lang, js)
  await follow(page, service)
  await fine(page, lang, js)
  await follow(page, `${service}/apply`)
  await fine(page, lang, js)
}

/** rehearse walks in a language without JavaScript up to the last press, and throws the draft away. */
async function rehearse ({ browser, server }, who, example, lang) {
  const context = await open(browser, server, { lang, js: false, width: 1280 })
  const page = await context.newPage()
  try {
    await enter(page, who.id)
    await begin(page, who, lang, false)
    await through(page, example, lang)
    await submit(page, page.locator('form[action$="/apply/drop"] button'))
    await good(page, lang)
  } finally {
    await context.close()
  }
}

/** kept is what a story promises: a document to open and to verify, or the day on which the case is due. */
const kept = {
  async issued (page, who) {
    const pdf = await ready(page)
    await opened(page.context(), pdf)
    await follow(page, await page.locator('#document a[href^="/verify/"]').getAttribute('href'))
    await good(page, who.lang)
  },
  async checking (page) {
    const clock = page.locator('.b-deadline')
    assert.ok(await clock.isVisible(), 'no deadline is drawn')
    assert.match(await clock.innerText(), /\b20\d\d\b/, 'the deadline names no day')
    assert.equal(await page.locator('#document').count(), 0, 'it is decided already')
  }
}

/** citizen walks from the door to what the story promises. */
async function citizen ({ browser, server }, who, js, example) {
  const { lang } = who
  const context = await open(browser, server, { lang, js, width: js ? 1280 : 320 })
  const page = await context.newPage()
  try {
    await enter(page, who.id)
    await begin(page, who, lang, js)
    await through(page, example, lang)
    await fine(page, lang, js)
    await submit(page)
    const path = at(page, /^\/case\/[A-Z]+-/)
    await fine(page, lang, js)
    await kept[who.ends](page, who)
    await page.goto('/me')
    await fine(page, lang, js)
    await follow(page, '/me/looks') // and each look of the state at their record is there to read
    await fine(page, lang, js)
    assert.ok(await page.locator(`.b-look a[href="${path}"]`).count(), 'nobody has looked for this case')
  } finally {
    await context.close()
  }
}

/** both does a list of jobs, two at a time, and collects what fails. */
async function both (jobs) {
  const bad = []
  const next = async () => {
    for (let job; (job = jobs.shift());) {
      const began = performance.now()
      try {
        await job.run()
      } catch (e) {
        bad.push(`${job.name}: ${e.stack}`)
      }
      console.log(`      ${job.name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
    }
  }
  await Promise.all([next(), next()])
  assert.equal(bad.length, 0, bad.join('\n'))
}

/** officer walks through the pages of a post. */
async function officer ({ browser, server }, who) {
  const context = await open(browser, server, { lang: 'ms', js: false, as: who.id })
  const page = await context.newPage()
  try {
    for (const step of who.walk) {
      const answer = await page.goto(step.go)
      assert.equal(answer.status(), 200, step.go)
      await good(page, 'ms')
    }
  } finally {
    await context.close()
  }
}

export default {
  'every citizen; each moment in both languages without JavaScript': async rig => {
    const { body } = await new Person(rig.server).get('/api/v1/life-events')
    const walked = new Set() // "event language", without JavaScript
    for (const who of rig.demo.persons) if (!scripted.includes(who.id)) walked.add(`${who.event} ${who.lang}`)
    const samples = {}
    for (const who of rig.demo.persons) samples[who.service] ??= await examples(rig.server, who.service)
    const jobs = rig.demo.persons.map(who => {
      const example = samples[who.service].find(e => e.person === who.id)
      const other = ['ms', 'en'].find(l => !walked.has(`${who.event} ${l}`))
      if (other) walked.add(`${who.event} ${other}`)
      return {
        name: who.id + (other ? ` (first in ${other})` : ''),
        run: async () => {
          assert.ok(example, `no sample case of ${who.service}`)
          if (other) await rehearse(rig, who, example, other)
          await citizen(rig, who, scripted.includes(who.id), example)
        }
      }
    })
    assert.ok(jobs.length >= 25, `${jobs.length} stories`)
    for (const e of body.life_events ?? body) for (const l of ['ms', 'en']) assert.ok(walked.has(`${e.slug ?? e.id} ${l}`), `nobody walks through ${e.slug ?? e.id} in ${l}`)
    await both(jobs)
  },

  'officers, a head, a team member, an auditor': async rig => {
    for (const id of ['off-kb-reg', 'off-kb-asst', 'off-head', 'off-hq-records', 'off-hq-appeal', 'off-team', 'off-auditor', 'off-admin']) {
      await officer(rig, rig.demo.officers.find(o => o.id === id))
    }
  }
}
