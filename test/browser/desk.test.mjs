// An officer's work without a mouse: from the queue to a decision, with and without JavaScript.
import assert from 'node:assert/strict'
import { open } from './lib/browser.mjs'
import { Person, examples } from './lib/api.mjs'
import { birth, officer } from './lib/scene.mjs'
import * as judge from './lib/judge.mjs'
import { at, good } from './lib/walk.mjs'

const stops = 150 // more presses of Tab than any page of the desk needs

/** reach moves the focus with Tab alone until it is on the element, which must then be seen. */
async function reach (page, selector) {
  for (let i = 0; i < stops; i++) {
    await page.keyboard.press('Tab')
    if (await page.evaluate(s => document.activeElement.matches(s), selector)) {
      const ring = await page.evaluate(() => {
        const e = document.activeElement
        const r = (e.type === 'radio' || e.type === 'checkbox' ? e.parentElement : e).getBoundingClientRect()
        return r.width > 0 && r.height > 0
      })
      assert.ok(ring, `${selector} has the focus and is not to be seen`)
      return
    }
  }
  assert.fail(`no key leads to ${selector} on ${page.url()}`)
}

/** press reaches an element and presses Enter; the page that follows is judged. */
async function press (page, selector, lang) {
  await reach(page, selector)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
  await good(page, lang)
}

/** unfold opens a folded form where it is closed. */
async function unfold (page, id) {
  if (await page.locator(`#${id}`).getAttribute('open') !== null) return
  await reach(page, `#${id} > summary`)
  await page.keyboard.press('Enter')
  assert.notEqual(await page.locator(`#${id}`).getAttribute('open'), null, `${id} does not unfold by key`)
}

/** toCase goes from the queue, filtered, into a case, its evidence and back, takes it, and gives it back to the office. */
async function toCase (page, ref, lang) {
  await page.goto('/desk')
  await unfold(page, 'filter')
  await reach(page, '#filter select[name=service]')
  await page.keyboard.type(lang === 'ms' ? 'Daftar kelahiran' : 'Register a birth')
  await press(page, 'form[role=search] button', lang)
  assert.equal(new URL(page.url()).searchParams.get('service'), birth, 'the filter is not in the address')
  const link = `main table a[href="/desk/${ref}"]`
  assert.equal(await page.locator(link).count(), 1, 'the filtered queue lacks the case')
  await press(page, link, lang)
  await press(page, `a[href^="/desk/${ref}/evidence/"]`, lang)
  await press(page, '.govuk-back-link', lang)
  at(page, `/desk/${ref}`)
  await unfold(page, 'form-take')
  await press(page, '#form-take button', lang)
  await press(page, `a[href="/desk/${ref}/hand-over"]`, lang)
  await reach(page, 'input[name=to]')
  // The office's list is the last of those who can have it; the arrows move the choice.
  await page.keyboard.press('Space')
  if (await page.locator('input[name=to]').count() > 1) await page.keyboard.press('ArrowUp')
  await press(page, 'form:has(input[name=to][type=radio]) button', lang)
  at(page, `/desk/${ref}/hand-over`)
  assert.ok(await page.locator('.govuk-notification-banner').isVisible(), 'the hand-over is not confirmed')
  await press(page, '.govuk-back-link', lang)
  at(page, `/desk/${ref}`)
}

const sent = new WeakMap()

/** late is a birth with a paper, sent once for a server. */
async function late (server) {
  if (!sent.has(server)) {
    const example = (await examples(server, birth)).find(e => e.person === 'suria')
    sent.set(server, (await (await Person.as(server, 'suria')).apply(birth, example)).ref)
  }
  return sent.get(server)
}

/** desk runs a walk as an officer, and holds that nothing on the way complained. */
async function desk ({ browser, server }, id, lang, js, walk) {
  const context = await open(browser, server, { lang, js, as: id })
  const page = await context.newPage()
  const complaints = judge.watch(page)
  await walk(page)
  assert.deepEqual(complaints(), [])
  await context.close()
}

/** twin is the next day whose number is its month's, so that a date is typed the same in every country's order. */
function twin () {
  const now = new Date()
  for (let m = now.getMonth() + 1; ; m++) {
    const day = new Date(now.getFullYear(), m, m % 12 + 1)
    if (day > now) return [String(day.getMonth() + 1).padStart(2, '0').repeat(2) + day.getFullYear(), `${day.getDate()} `]
  }
}

export default {
  async 'cases at once, phrases and leave by keyboard, with JavaScript off' (t) {
    const ref = await late(t.server)
    await desk(t, officer.check['MY-11'], 'en', false, async page => {
      await page.goto('/desk')
      await reach(page, `input[name=case][value^="${ref}."]`)
      await page.keyboard.press('Space')
      await press(page, 'button[name=act][value=take]', 'en')
      assert.equal(await page.locator(`main a[href="/desk/${ref}"]`).count(), 1, 'the case was not taken')
      await page.goto('/desk?view=mine')
      await reach(page, `input[name=case][value^="${ref}."]`)
      await page.keyboard.press('Space')
      await press(page, 'button[name=act][value=back]', 'en')
      assert.equal(await page.locator(`main a[href="/desk/${ref}"]`).count(), 1, 'the case was not given back')

      await page.goto('/desk')
      await press(page, 'a[href="/desk/phrases"]', 'en')
      await reach(page, 'input[name=for]')
      await page.keyboard.press('Space')
      await reach(page, '#ms')
      await page.keyboard.type('Surat klinik telah dilihat.')
      await press(page, 'form:has(#ms) button', 'en')
      assert.ok((await page.locator('.b-phrases').innerText()).includes('Surat klinik telah dilihat.'))
      await press(page, '.b-phrases button', 'en')
      await press(page, 'form[action$="/restore"] button', 'en')
      assert.equal(await page.locator('.b-phrases li').count(), 1, 'the phrase did not come back')

      await page.goto('/desk')
      await press(page, 'a[href="/desk/leave"]', 'en')
      const [typed, day] = twin()
      for (const name of ['from', 'to']) {
        await reach(page, `#${name}`)
        await page.keyboard.type(typed)
      }
      await reach(page, '#stand_in')
      await page.keyboard.press('ArrowDown')
      await press(page, 'form:has(#from) button', 'en')
      assert.ok((await page.locator('.govuk-summary-card').innerText()).includes(day), 'the leave is not on record')
      await press(page, 'form[action$="/end"] button', 'en')
      assert.equal(await page.locator('.govuk-summary-card').count(), 0, 'the leave was not called off')
    })
  },

  async 'a head reads the load and follows a number to its list by keyboard' (t) {
    await desk(t, 'off-head', 'ms', true, async page => {
      await page.goto('/desk')
      await press(page, 'a[href="/desk/head"]', 'ms')
      await press(page, 'main a[href^="/desk?"]', 'ms')
      at(page, '/desk')
    })
  },

  async 'a case is found, read, handed over and checked by keyboard' (t) {
    const ref = await late(t.server)
    await desk(t, officer.check['MY-11'], 'ms', true, async page => {
      await toCase(page, ref, 'ms')
      await unfold(page, 'form-check')
      await reach(page, '#form-check input[name=finding]')
      await page.keyboard.press('Space')
      await press(page, '#form-check button', 'ms')
      assert.equal(new URL(page.url()).searchParams.get('done'), 'check')
    })
  },

  async 'a case is decided by keyboard, with JavaScript off' (t) {
    const ref = await late(t.server)
    const decider = officer.decide['MY-11']
    await desk(t, decider, 'en', false, async page => {
      await toCase(page, ref, 'en')
      await unfold(page, 'form-decide')
      await reach(page, '#form-decide input[name=verdict]')
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowDown')
      await reach(page, '#form-decide input[name=phrase-refuse]')
      await page.keyboard.press('Space')
      await reach(page, '#decide-reasons')
      await page.keyboard.type('Sila hubungi hospital.')
      await press(page, '#form-decide button', 'en')
      await press(page, '[name=back]', 'en') // nothing typed is lost on the way back
      assert.equal(await page.locator('#decide-reasons').inputValue(), 'Sila hubungi hospital.')
      await press(page, '#form-decide button', 'en')
      await press(page, '[name=confirmed]', 'en')
      assert.equal(new URL(page.url()).searchParams.get('done'), 'decide')
    })
    const decided = await (await Person.as(t.server, 'suria')).case(ref)
    assert.equal(decided.state, 'refused')
    assert.match(JSON.stringify(decided), /tidak sepadan dengan rekod rasmi.*Sila hubungi hospital/, 'the phrase and the own words are not both there')
  }
}
