// Every persona's story, followed as it is told: demo.json says who, where and what comes of it; a sample case says what they enter.
import assert from 'node:assert/strict'
import { open } from './lib/browser.mjs'
import { examples } from './lib/api.mjs'
import { fill, submit } from './lib/form.mjs'
import * as judge from './lib/judge.mjs'

/** good judges a page on the way; axe only where it is asked for. */
async function good (page, lang, axe = false) {
  const bad = [...await judge.layout(page), ...await judge.language(page, lang), ...(axe ? await judge.accessible(page) : [])]
  assert.deepEqual(bad, [], `${page.url()}: ${bad.join('; ')}`)
}

/** through answers page after page until the review. */
async function through (page, example, lang) {
  while (!/\/apply\/review$/.test(page.url())) {
    if (!/\/apply\/held$/.test(page.url())) await fill(page, example.answers ?? {}, example.files ?? {})
    const before = page.url()
    await submit(page)
    await good(page, lang)
    if (page.url() === before) assert.fail(`stuck at ${before}: ${await page.locator('main').innerText()}`)
  }
}

/** citizen walks from the door to the decision, each step of the story in turn. */
async function citizen ({ browser, server }, who, { js, axe }) {
  const example = (await examples(server, who.service)).find(e => e.person === who.id)
  assert.ok(example, `no sample case of ${who.service} for ${who.id}`)
  const context = await open(browser, server, { lang: who.lang, js, width: js ? 1280 : 320 })
  const page = await context.newPage()
  try {
    await page.goto('/demo')
    await Promise.all([page.waitForNavigation(), page.locator(`form:has(input[name=as][value="${who.id}"]) button`).click()])
    for (const step of who.walk) {
      if (new URL(page.url()).pathname !== step.go) await page.goto(step.go)
      await good(page, who.lang, axe)
      if (!step.go.endsWith('/apply')) continue
      await through(page, example, who.lang)
      await submit(page)
      assert.match(new URL(page.url()).pathname, /^\/case\/[A-Z]+-/)
      await good(page, who.lang, axe)
    }
    const ref = page.locator('main a[href^="/case/"]').first()
    assert.ok(await ref.count(), 'the last page does not lead to the case')
  } finally {
    await context.close()
  }
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
  'every citizen, in turn': async rig => {
    let n = 0
    for (const who of rig.demo.persons) {
      const began = performance.now()
      try {
        await citizen(rig, who, { js: n % 8 > 1, axe: n % 8 === 2 })
      } catch (e) {
        throw new Error(`${who.id}: ${e.message}`, { cause: e })
      }
      n++
      console.log(`      ${who.id} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
    }
    assert.ok(n >= 25, `${n} stories`)
  },

  'officers, a head, a team member, an auditor': async rig => {
    for (const id of ['off-kb-reg', 'off-kb-asst', 'off-head', 'off-hq-records', 'off-hq-appeal', 'off-team', 'off-auditor', 'off-admin']) {
      await officer(rig, rig.demo.officers.find(o => o.id === id))
    }
  }
}
