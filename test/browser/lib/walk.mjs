// What every walk does: follow a link, answer a form to its end, wait for a document, and judge each page on the way.
import assert from 'node:assert/strict'
import { open } from './browser.mjs'
import { fill, submit } from './form.mjs'
import * as judge from './judge.mjs'

/** at insists on where the browser is. */
export function at (page, path) {
  const url = new URL(page.url())
  assert.ok(path instanceof RegExp ? path.test(url.pathname) : url.pathname === path, `at ${url.pathname}, not ${path}`)
  return url.pathname
}

/** follow clicks the first visible link that leads to path. */
export async function follow (page, path) {
  const link = page.locator(`main a[href="${path}"], main a[href^="${path}?"]`).first()
  await Promise.all([page.waitForNavigation(), link.click()])
}

/** good judges what can be judged on the way without stopping the person. */
export async function good (page, lang) {
  const bad = [...await judge.layout(page), ...await judge.language(page, lang)]
  assert.deepEqual(bad, [], `${page.url()}: ${bad.join('; ')}`)
}

/** ready reloads the case until its document can be opened; the promise is a minute. */
export async function ready (page) {
  const pdf = page.locator('#document a[href$=".pdf"]')
  for (const end = performance.now() + 60000; performance.now() < end;) {
    if (await pdf.count()) return pdf.first().getAttribute('href')
    await page.reload()
  }
  throw new Error('no certificate within a minute')
}

/** opened insists that an address answers with a PDF, for whoever has the context. */
export async function opened (context, pdf) {
  const answer = await context.request.get(pdf)
  assert.equal(answer.status(), 200, pdf)
  assert.equal((await answer.body()).subarray(0, 5).toString(), '%PDF-', pdf)
}

/** through fills page after page until the review; returns how many pages asked something. */
export async function through (page, example, lang) {
  let pages = 0
  while (!/\/apply\/review$/.test(page.url())) {
    at(page, /\/apply\/[a-z-]+$/)
    if (!/\/apply\/held$/.test(page.url())) await fill(page, example.answers ?? {}, example.files ?? {})
    const before = page.url()
    await submit(page)
    await good(page, lang)
    if (page.url() === before) assert.fail(`stuck at ${before}: ${await page.locator('main').innerText()}`)
    pages++
  }
  return pages
}

/** atDesk finds a case in an officer's queue and does one act with its form. */
export async function atDesk ({ browser, server }, id, ref, act, enter) {
  const context = await open(browser, server, { lang: 'ms', js: false, as: id })
  const page = await context.newPage()
  await page.goto('/desk')
  await good(page, 'ms')
  await page.locator('#q').fill(ref)
  await submit(page, page.locator('form[role=search] button'))
  at(page, `/desk/${ref}`) // a whole reference opens its case
  await good(page, 'ms')
  await deskAct(page, act, enter)
  await context.close()
}

/** deskAct does one act with the form of the case that is open. */
export async function deskAct (page, act, enter) {
  const form = page.locator(`#form-${act}`)
  if (await form.getAttribute('open') === null) await form.locator('summary').first().click()
  await enter(form)
  await submit(page, form.locator('form button').first())
  const asked = page.locator('[name=confirmed]') // a refusal is shown once more before it stands
  if (await asked.count()) {
    await good(page, 'ms')
    await submit(page, asked)
  }
  await good(page, 'ms')
  assert.equal(await page.locator('.govuk-error-summary').count(), 0, `${act}: ${await page.locator('main').innerText()}`)
}

/** enter is the demo's door: one press and one is the persona, or the officer who serves them, where the walk begins. */
export async function enter (page, id) {
  await page.goto('/demo')
  const card = page.locator('article', { has: page.locator(`a[href="/demo/story/${id}"]`) })
  const group = page.locator('details', { has: card })
  if (await group.count()) await group.locator('summary').click()
  await submit(page, card.locator('form button'))
}

/** as opens a browser in which somebody of the demo has walked in; it closes when they are done. */
export async function as ({ browser, server }, id, { lang = 'ms', js = false, width = 1280 }, walk) {
  const context = await open(browser, server, { lang, js, width })
  const page = await context.newPage()
  try {
    await enter(page, id)
    await good(page, lang)
    return await walk(page)
  } finally {
    await context.close()
  }
}

/** words are what a page says. */
export const words = page => page.locator('main').innerText()

/** says insists that a page says something. */
export async function says (page, ...all) {
  const text = await words(page)
  for (const s of all) assert.ok(text.includes(s), `${page.url()} does not say ${s}: ${text.slice(0, 2000)}`)
}

/** send answers the whole form of a service and sends it; the answer is the case's address. */
export async function send (page, example, lang) {
  await through(page, example, lang)
  await submit(page)
  await good(page, lang)
  if (/^\/pay\//.test(new URL(page.url()).pathname)) { // what costs something leads there; the case's page leads there too
    await page.goto('/case/' + /BLH-[A-Z0-9-]+/.exec(await words(page))[0])
    await good(page, lang)
  }
  return at(page, /^\/case\/[A-Z]+-/)
}

/** apply opens a service and sends a sample case of it, as whoever acts for its person. */
export async function apply (page, service, example, lang) {
  await page.goto(`/service/${service}`)
  await follow(page, `/service/${service}/apply`)
  return send(page, example, lang)
}

/** finish ends what one did for somebody else. */
export const finish = page => submit(page, page.locator('form[action="/acting/end"] button'))

/** top opens the first case of a desk whose page has the wanted form. */
export async function top (page, form) {
  await page.goto('/desk')
  await good(page, 'ms')
  const cases = await page.locator('main a[href^="/desk/"]').evaluateAll(all => all.map(a => a.getAttribute('href')).filter(h => /^\/desk\/[A-Z]+-/.test(h)))
  assert.ok(cases.length, `no case on the desk: ${await words(page)}`)
  for (const href of cases) {
    await page.goto(href)
    if (await page.locator(form).count()) {
      await good(page, 'ms')
      return href
    }
  }
  assert.fail(`none of ${cases.length} cases can be worked on with ${form}`)
}
