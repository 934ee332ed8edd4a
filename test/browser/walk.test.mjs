// The main job as a person does it in a browser: a birth becomes a certificate, and what is next to it.
import assert from 'node:assert/strict'
import { open, signIn } from './lib/browser.mjs'
import { Person, examples } from './lib/api.mjs'
import { fill, submit } from './lib/form.mjs'
import { birth, officer } from './lib/scene.mjs'
import * as judge from './lib/judge.mjs'
import { at, atDesk, follow, good, opened, ready, through } from './lib/walk.mjs'

const service = `/service/${birth}`

/** sample is a persona's own sample case. */
async function sample (server, person) {
  const found = (await examples(server, birth)).find(e => e.person === person)
  assert.ok(found, `no sample case for ${person}`)
  return found
}

/** mother walks the main job from the front page to the rating. */
async function mother ({ browser, server }, { lang, js, person, width }) {
  const example = await sample(server, person)
  const context = await open(browser, server, { lang, js, width, height: 800 })
  const page = await context.newPage()
  const complaints = judge.watch(page, b => /\/apply\/|422/.test(b.text) && /422/.test(b.text))
  try {
    // What is there for the birth of a child, and may I use it? Nobody is signed in yet.
    await page.goto('/')
    await good(page, lang)
    await follow(page, '/life/birth-of-a-child')
    await good(page, lang)
    await follow(page, service)
    await good(page, lang)
    await follow(page, `${service}/eligibility`)
    await fill(page, { ...example.facts, ...example.answers })
    await submit(page)
    await good(page, lang)
    assert.ok(await page.locator('#verdict').isVisible(), 'no verdict')

    // Start, and sign in on the way.
    await page.goto(service)
    await follow(page, `${service}/apply`)
    at(page, '/sign-in')
    await Promise.all([page.waitForNavigation(), page.locator('main a[href^="/demo"]').first().click()])
    await Promise.all([page.waitForNavigation(), page.locator(`form:has(input[name=as][value="${person}"]) button`).click()])

    // Everything that the state holds is there, with its source.
    at(page, `${service}/apply/held`)
    await good(page, lang)
    const held = await page.locator('main').innerText()
    assert.ok(held.includes(example.facts['mother.name']), 'the mother’s name is not shown')
    assert.ok(held.includes(example.facts['birth_notice.hospital']), 'the hospital is not shown')
    await submit(page)

    // The name: forgotten first, then given.
    at(page, `${service}/apply/child-name`)
    await submit(page)
    const summary = page.locator('.govuk-error-summary a').first()
    assert.equal(await summary.getAttribute('href'), '#child_name', 'the summary does not lead to the field')
    await good(page, lang)
    await through(page, example, lang)
    const review = page.url()
    assert.ok((await page.locator('main').innerText()).includes(example.answers.child_name), 'the name is not on the review page')
    await submit(page)

    // Decided at once; the certificate within the minute.
    const path = at(page, /^\/case\/[A-Z]+-/)
    const pdf = await ready(page)
    await good(page, lang)
    await opened(context, pdf)

    // Anybody can verify it without signing in.
    const code = /\/certificate\/([^/]+)\.pdf$/.exec(pdf)[1]
    const stranger = await open(browser, server, { lang, js, width })
    const other = await stranger.newPage()
    assert.equal((await other.goto(`/verify/${code}`)).status(), 200)
    await good(other, lang)
    assert.ok((await other.locator('main').innerText()).includes(code))
    assert.equal((await other.goto(path)).url().includes('/sign-in'), true, 'a stranger opens the case')
    await stranger.close()

    // The back button and a second press make no second case.
    await page.goto(review)
    if (/\/apply\/review$/.test(page.url())) {
      await submit(page)
      at(page, path)
    }

    // The child's benefit is offered, filled in; and what was it like?
    await page.goto('/me')
    await good(page, lang)
    await page.goto(path + '/rate')
    await page.locator('input[name=level][value="5"]').check({ force: true })
    await page.locator('[name=text]').fill('Mudah dan cepat.')
    await submit(page)
    at(page, path)
    assert.deepEqual(complaints(), [])
    return { page, context, path, code }
  } finally {
    await context.close()
  }
}

export default {
  'the mother, in Malay, on a phone': rig => mother(rig, { lang: 'ms', js: true, person: 'aisyah', width: 360 }),

  'the mother, in English, without JavaScript': rig => mother(rig, { lang: 'en', js: false, person: 'mei-ling', width: 1280 }),

  'a late birth: asked, answered, refused, appealed': async ({ browser, server }) => {
    const lang = 'ms'
    const context = await open(browser, server, { lang, js: false, width: 360, as: 'jennifer' })
    const page = await context.newPage()
    const example = await sample(server, 'jennifer')
    await page.goto(`${service}/apply`)
    await submit(page)
    await through(page, example, lang)
    await submit(page)
    const path = at(page, /^\/case\/[A-Z]+-/)
    const ref = path.split('/').pop()
    await good(page, lang)
    assert.ok(await page.locator('.b-deadline').isVisible(), 'no deadline is drawn')

    // The officer asks; the clock stands; the answer starts it again.
    const [reg, asst] = [officer.check['MY-12'], officer.decide['MY-12']]
    await atDesk({ browser, server }, reg, ref, 'ask', async f => {
      await f.locator('[name=question]').fill('Siapakah bidan yang hadir?')
      await f.locator('[name=due_in_days]').fill('5')
    })
    await page.reload()
    await good(page, lang)
    assert.ok((await page.locator('#question').innerText()).includes('Siapakah bidan yang hadir?'))
    await page.locator('#question form button').click()
    assert.ok(await page.locator('.govuk-error-summary').isVisible(), 'an empty answer was taken')
    await page.locator('#text').fill('Puan Rose dari klinik desa.')
    await Promise.all([page.waitForNavigation(), page.locator('#question form button').click()])
    at(page, path)
    assert.equal(await page.locator('#question').count(), 0, 'the question still stands')

    // Checked by one, refused by another, with reasons that she can read.
    await atDesk({ browser, server }, reg, ref, 'check', async f => {
      await f.locator('[name=finding][value=in_order]').check()
      await f.locator('[name=note]').fill('Surat klinik dilihat.')
    })
    await atDesk({ browser, server }, asst, ref, 'decide', async f => {
      await f.locator('[name=verdict][value=refuse]').check()
      await f.locator('[name=reasons]').fill('Tarikh pada surat klinik tidak sepadan.')
    })
    await page.reload()
    await good(page, lang)
    assert.ok((await page.locator('main').innerText()).includes('Tarikh pada surat klinik tidak sepadan.'), 'the reasons are not shown')
    await follow(page, `${path}/appeal`)
    await page.locator('#text').fill('Tarikh pada surat telah dibetulkan.')
    await submit(page)
    at(page, /^\/case\//)
    await good(page, lang)

    // Each of them looked, and each look is there for her to see.
    await page.goto('/me/looks')
    await good(page, lang)
    assert.ok((await page.locator('main').innerText()).length > 200, 'nobody seems to have looked')
    await context.close()
  },

  'a stale page at the desk: nothing is overwritten, nothing is lost': async ({ browser, server }) => {
    const person = await Person.as(server, 'farah')
    const { ref } = await person.apply(birth, await sample(server, 'farah'))
    const context = await open(browser, server, { lang: 'ms', js: false, as: officer.check['MY-08'] })
    const [one, two] = [await context.newPage(), await context.newPage()]
    for (const page of [one, two]) await page.goto(`/desk/${ref}`)
    const note = async (page, text) => {
      const form = page.locator('#form-check')
      if (await form.getAttribute('open') === null) await form.locator('summary').first().click()
      await form.locator('[name=finding][value=in_order]').check()
      await form.locator('[name=note]').fill(text)
      const answer = page.waitForResponse(r => r.request().method() === 'POST')
      await form.locator('form button').first().click()
      return (await answer).status()
    }
    assert.equal(await note(one, 'Nota pertama.'), 303)
    assert.equal(await note(two, 'Nota kedua yang panjang.'), 409)
    assert.ok((await two.locator('main').innerHTML()).includes('Nota kedua yang panjang.'), 'what was typed is lost')
    assert.ok(await two.locator('#changed').isVisible(), 'it does not say what changed')
    await context.close()
  },

  'with the keyboard alone': async ({ browser, server }) => {
    const example = await sample(server, 'kavitha')
    const context = await open(browser, server, { lang: 'ms', as: 'kavitha' })
    const page = await context.newPage()
    /** press tabs until the focus is on what is wanted, and checks that it can be seen. */
    const reach = async selector => {
      for (let i = 0; i < 80; i++) {
        await page.keyboard.press('Tab')
        const here = await page.evaluate(s => {
          const e = document.activeElement
          if (!e?.matches(s)) return null
          const style = getComputedStyle(e)
          return { seen: style.outlineStyle !== 'none' || style.boxShadow !== 'none', top: e.getBoundingClientRect().top }
        }, selector)
        if (here) return assert.ok(here.seen, `the focus on ${selector} cannot be seen`)
      }
      assert.fail(`Tab never reaches ${selector} on ${page.url()}`)
    }
    const enter = async selector => {
      await reach(selector)
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    }
    await page.goto('/')
    await page.keyboard.press('Tab')
    assert.ok(await page.evaluate(() => document.activeElement.matches('.govuk-skip-link')), 'the skip link is not first')
    await enter('main a[href^="/life/birth-of-a-child"]')
    await enter(`main a[href="${service}"]`)
    await enter(`main a[href="${service}/apply"]`)
    await enter('main form button')
    await reach('#child_name')
    await page.keyboard.type(example.answers.child_name)
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    at(page, /review$/)
    await enter('main form button.govuk-button')
    at(page, /^\/case\//)
    await context.close()
  },

  'left on the phone, found on the computer, paid and approved': async ({ browser, server }) => {
    const example = await sample(server, 'norazlina')
    const phone = await open(browser, server, { lang: 'ms', js: false, width: 320, as: 'norazlina' })
    const one = await phone.newPage()
    await one.goto(`${service}/apply`)
    await submit(one)
    await fill(one, example.answers)
    await submit(one)
    at(one, /late-reason$/)
    const computer = await open(browser, server, { lang: 'en', as: 'norazlina' })
    const two = await computer.newPage()
    await two.goto(`${service}/apply`)
    at(two, /late-reason$/)
    await two.goto(`${service}/apply/child-name`)
    assert.equal(await two.locator('[name=child_name]').inputValue(), example.answers.child_name)
    await phone.close()

    // Sent from there; checked, the late fee paid at the counter, approved by another officer, and issued.
    await two.goto(`${service}/apply`)
    await through(two, example, 'en')
    await submit(two)
    at(two, /^\/pay\//) // where the fee can be paid at once; it is not
    const ref = /BLH-[A-Z0-9-]+/.exec(await two.locator('main').innerText())[0]
    await two.goto('/case/' + ref)
    const [reg, asst] = [officer.check['MY-01'], officer.decide['MY-01']]
    const rig = { browser, server }
    await atDesk(rig, reg, ref, 'check', async f => {
      await f.locator('[name=finding][value=in_order]').check()
      await f.locator('[name=note]').fill('Sebab lewat munasabah.')
    })
    await atDesk(rig, asst, ref, 'fee', f => f.locator('[name=receipt]').fill('KAUNTER-0042'))
    await atDesk(rig, asst, ref, 'decide', async f => {
      await f.locator('[name=verdict][value=approve]').check()
      await f.locator('[name=reasons]').fill('Lengkap dan teratur.')
    })
    await ready(two)
    await good(two, 'en')
    await computer.close()
  },

  'signed out in the middle: what was typed is not lost': async ({ browser, server }) => {
    const example = await sample(server, 'marlina')
    const context = await open(browser, server, { lang: 'en', js: false, as: 'marlina' })
    const page = await context.newPage()
    await page.goto(`${service}/apply`)
    await submit(page)
    at(page, /child-name$/)
    await context.clearCookies()
    await fill(page, example.answers)
    await submit(page)
    at(page, '/sign-in')
    await Promise.all([page.waitForNavigation(), page.locator('main a[href^="/demo"]').first().click()])
    await Promise.all([page.waitForNavigation(), page.locator('form:has(input[name=as][value="marlina"]) button').click()])
    await page.goto(`${service}/apply/child-name`)
    assert.equal(await page.locator('[name=child_name]').inputValue(), example.answers.child_name)
    await context.close()
  },

  'fifty presses of one button are one case': async ({ browser, server }) => {
    const example = await sample(server, 'nguyen-thi-lan')
    const context = await open(browser, server, { lang: 'ms', js: false, as: 'nguyen-thi-lan' })
    const page = await context.newPage()
    await page.goto(`${service}/apply`)
    await submit(page)
    await through(page, example, 'ms')
    const draft = await page.locator('input[name=draft]').first().inputValue()
    const answers = await Promise.all(Array.from({ length: 50 }, () =>
      context.request.post(`${service}/apply/review`, { form: { draft }, maxRedirects: 0, headers: { origin: server.url } })))
    assert.deepEqual([...new Set(answers.map(a => a.status()))], [303])
    assert.equal(new Set(answers.map(a => a.headers().location)).size, 1, 'more than one case')
    await context.close()
  },

  'the language stays, and so does the page': async ({ browser, server }) => {
    const context = await open(browser, server, { lang: 'ms' })
    await signIn(context, server, 'kavitha')
    const page = await context.newPage()
    await page.goto(service)
    await Promise.all([page.waitForNavigation(), page.locator('a[href*="lang=en"]').first().click()])
    at(page, service)
    assert.equal(await page.locator('html').getAttribute('lang'), 'en')
    await page.goto('/')
    assert.equal(await page.locator('html').getAttribute('lang'), 'en', 'the choice was forgotten')
    await context.close()
  }
}
