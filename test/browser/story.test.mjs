// Every persona's story, followed as it is told: demo.json says who, where and what comes of it; a sample case says what they enter.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { open } from './lib/browser.mjs'
import { examples, Person } from './lib/api.mjs'
import { submit } from './lib/form.mjs'
import * as judge from './lib/judge.mjs'
import { binary } from './lib/server.mjs'
import { apply, as, at, deskAct, enter, finish, follow, good, opened, ready, says, send, through, top, words } from './lib/walk.mjs'

const run = promisify(execFile)

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
function rehearse (rig, who, example, lang) {
  return as(rig, who.id, { lang }, async page => {
    await begin(page, who, lang, false)
    await through(page, example, lang)
    await submit(page, page.locator('form[action$="/apply/drop"] button'))
    await good(page, lang)
  })
}

/** kept is what a story promises: a document to open and to verify, or the day on which the case is due. */
const kept = {
  async issued (page, who) {
    const pdf = await ready(page)
    await opened(page.context(), pdf)
    await follow(page, await page.locator('#document a[href^="/verify/"]').getAttribute('href'))
    await good(page, who.lang)
  },
  async received (page) { // it waits for its payment, and for nothing else
    assert.ok(await page.locator('#fee form button').isVisible(), 'there is no way to pay')
    assert.equal(await page.locator('#document').count(), 0, 'it is decided already')
  },
  async checking (page) {
    const clock = page.locator('.b-deadline')
    assert.ok(await clock.isVisible(), 'no deadline is drawn')
    assert.match(await clock.innerText(), /\b20\d\d\b/, 'the deadline names no day')
    assert.equal(await page.locator('#document').count(), 0, 'it is decided already')
  }
}

/** citizen walks from the door to what the story promises; the answer is the case's address. */
function citizen (rig, who, js, example) {
  const { lang } = who
  return as(rig, who.id, { lang, js, width: js ? 1280 : 320 }, async page => {
    await begin(page, who, lang, js)
    const path = await send(page, example, lang)
    await fine(page, lang, js)
    await kept[who.ends](page, who)
    await page.goto('/me')
    await fine(page, lang, js)
    await follow(page, '/me/looks') // and each look of the state at their record is there to read
    await fine(page, lang, js)
    assert.ok(await page.locator(`.b-look a[href="${path}"]`).count(), 'nobody has looked for this case')
    return path
  })
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

/** sample is a persona's own sample case of a service. */
async function sample (server, service, id) {
  const found = (await examples(server, service)).find(e => e.person === id)
  assert.ok(found, `no sample case of ${service} for ${id}`)
  return found
}

/** alone are those whose walk is another person's too. */
const alone = ['pak-mat', 'daud', 'sanah']

export default {
  'every citizen; each moment in both languages without JavaScript': async rig => {
    const { body } = await new Person(rig.server).get('/api/v1/life-events')
    const walked = new Set() // "event language", without JavaScript
    const told = rig.demo.persons.filter(p => !alone.includes(p.id))
    for (const who of told) if (!scripted.includes(who.id)) walked.add(`${who.event} ${who.lang}`)
    const samples = {}
    for (const who of told) samples[who.service] ??= await examples(rig.server, who.service)
    const jobs = told.map(who => {
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
    assert.ok(jobs.length >= 24, `${jobs.length} stories`)
    for (const e of body.life_events ?? body) for (const l of ['ms', 'en']) assert.ok(walked.has(`${e.slug ?? e.id} ${l}`), `nobody walks through ${e.slug ?? e.id} in ${l}`)
    await both(jobs)
  },

  'a man without telephone or mail, at the counter; his letter is in the day’s post': async rig => {
    const { server } = rig
    const card = await sample(server, 'jkm/disability-card', 'pak-mat')
    const code = await as(rig, 'pak-mat', {}, async page => {
      at(page, '/counter')
      await page.locator('#number').fill('590404-00-5613')
      await page.locator('[name=seen][value=mykad]').check()
      await page.locator('#reason').fill('Memohon kad OKU.')
      await submit(page, page.locator('form[action="/counter/find"] button'))
      at(page, /^\/counter\/found\//)
      await good(page, 'ms')
      await says(page, 'Mat Zain bin Salleh')
      await submit(page, page.locator('form[action="/counter/visits"] button'))
      at(page, '/me')
      assert.ok((await page.locator('.b-acting').innerText()).includes('Mat Zain bin Salleh'), 'nothing says whom the officer serves')

      // The card, and the letter that he takes home or gets by post.
      const path = await apply(page, 'jkm/disability-card', card, 'ms')
      await opened(page.context(), await ready(page))
      await says(page, 'Anitha a/p Selvam')
      await follow(page, path.replace('/case/', '/letters/case/'))
      await good(page, 'ms')
      const letter = page.locator('main li a[href^="/letters/SRT-"][href$=".pdf"]').first()
      for (const end = performance.now() + 60000; !await letter.count() && performance.now() < end;) await page.reload()
      const pdf = await letter.getAttribute('href')
      await opened(page.context(), pdf)
      await opened(page.context(), await page.locator('main a[href*="/certificate/"]').first().getAttribute('href'))
      await follow(page, pdf.replace('.pdf', ''))
      await good(page, 'ms')
      await says(page, 'Mat Zain bin Salleh', 'Kampung Bukit Gading')

      // He goes home, and the officer is nobody to his case.
      await finish(page)
      at(page, '/counter')
      assert.equal((await page.goto(path)).status(), 404)
      return /SRT-[0-9A-Z-]+/.exec(pdf)[0].replace(/\.pdf$/, '')
    })
    await run(binary, ['letters', 'batch', '--date', server.demo.today, '--data', server.data])
    await as(rig, 'off-mail', {}, async page => {
      at(page, '/letters')
      await follow(page, `/letters/batch/${server.demo.today}`)
      await good(page, 'ms')
      await says(page, code)
      assert.equal((await page.goto(`/letters/${code}`)).status(), 404, 'the mail room reads a letter')
    })
  },

  'a woman without telephone, mail and papers: two officers, a card, the kiosk': async rig => {
    const { browser, server } = rig
    const codes = await as(rig, 'sanah', {}, async page => {
      at(page, '/counter')
      await page.locator('main details summary').first().click()
      await page.locator('#name').fill('Sanah anak Unggang')
      for (const [part, value] of [['day', '8'], ['month', '3'], ['year', '1952']]) await page.locator(`[name=born-${part}]`).fill(value)
      await page.locator('[name=seen][value=known]').check()
      await page.locator('#reason').fill('ID digital')
      await submit(page, page.locator('form[action="/counter/find"] button'))
      await submit(page, page.locator('form[action="/counter/visits"] button'))
      at(page, '/me')
      await follow(page, '/counter/enrol')
      await good(page, 'ms')
      await says(page, 'Belum disahkan', 'Ngelambai anak Sebat')
      await page.locator('[name=seen][value=birth_entry]').check()
      await page.locator('[name=seen][value=vouch]').check()
      await page.locator('#voucher').fill('Temenggong Jugah anak Barieng')
      await page.locator('#office').fill('Penghulu Nanga Merit')
      await submit(page, page.locator('form[action="/counter/enrol"] button'))
      await good(page, 'ms')
      await says(page, 'Menunggu pegawai kedua', 'Penghulu Nanga Merit')

      await as(rig, 'off-kb-counter', {}, async second => {
        await second.goto('/counter/enrolments')
        await good(second, 'ms')
        await submit(second, second.locator('main a[href^="/counter/enrolments/"]').first())
        await good(second, 'ms')
        await says(second, 'Sanah anak Unggang', 'Penghulu Nanga Merit', 'Disahkan')
        await submit(second, second.locator('form[action$="/approve"] button'))
        at(second, '/counter/enrolments')
      })

      await page.goto('/counter/enrol')
      await good(page, 'ms')
      await says(page, 'Diluluskan')
      const card = await page.context().request.post('/counter/enrol/card', { form: { pin: '482915', again: '482915' }, headers: { Origin: server.url } })
      assert.equal(card.status(), 200)
      const file = join(mkdtempSync(join(tmpdir(), 'card-')), 'card.pdf')
      writeFileSync(file, await card.body())
      const { stdout } = await run('pdftotext', ['-layout', file, '-'])
      return stdout.match(/\b[2-9A-Z]{4}-[2-9A-Z]{4}\b/g)
    })
    assert.equal(codes.length, 12)
    const context = await open(browser, server, { js: false, width: 1280 })
    const kiosk = await context.newPage()
    await kiosk.goto('/kiosk')
    await kiosk.locator('#number').fill('520308-00-7728')
    await kiosk.locator('#code').fill(codes[3].toLowerCase())
    await kiosk.locator('#pin').fill('482915')
    await submit(kiosk, kiosk.locator('form[action="/kiosk"] button'))
    at(kiosk, '/me')
    await kiosk.goto('/me/identity')
    await good(kiosk, 'ms')
    await says(kiosk, 'Disahkan', 'Jawapan sepadan dengan daftar kelahiran')
    await context.close()
  },

  'a carer acts for her father, and he sees who acted': async rig => {
    const card = await sample(rig.server, 'jkm/disability-card', 'daud')
    const path = await as(rig, 'hamidah', {}, async page => {
      await page.goto('/me/mandates')
      await good(page, 'ms')
      await submit(page, page.locator('li', { hasText: 'Daud bin Yusof' }).locator('form[action="/acting/start"] button'))
      at(page, '/me')
      assert.ok((await page.locator('.b-acting').innerText()).includes('Daud bin Yusof'), 'nothing says for whom she acts')
      const path = await apply(page, 'jkm/disability-card', card, 'ms')
      await opened(page.context(), await ready(page))
      await page.goto('/me')
      await good(page, 'ms')
      assert.ok(await page.locator(`main a[href="${path}"]`).count(), 'the case is not among his')
      await finish(page)
      assert.equal((await page.goto(path)).status(), 404, 'she reads his case as herself')
      return path
    })
    await as(rig, 'daud', { width: 320 }, async page => {
      at(page, '/me/mandates')
      await page.locator('main details summary').first().click()
      await says(page, 'Hamidah binti Daud')
      await page.goto('/me')
      await follow(page, path)
      await good(page, 'ms')
      await says(page, 'Hamidah binti Daud')
      await page.goto('/me/looks')
      await good(page, 'ms')
      assert.ok((await page.locator('.b-look', { has: page.locator(`a[href="${path}"]`) }).allInnerTexts()).some(t => t.includes('Hamidah binti Daud')), 'her act is not among those on record')
    })
  },

  'a mother applies for her child, and the agency reads both names': async rig => {
    const acting = async page => assert.ok((await page.locator('.b-acting').innerText()).includes('Adam Rizqi bin Kamal'), 'nothing says for whom she acts')
    const path = await as(rig, 'salmah', { width: 320 }, async page => {
      await page.goto('/me') // where she is when she has signed in
      await good(page, 'ms')
      await submit(page, page.locator('#whom button', { hasText: 'Adam Rizqi bin Kamal' }))
      at(page, '/me')
      await acting(page)
      await finish(page)
      await page.goto('/service/jkm/disability-card') // or from the service that she came for
      await follow(page, '/acting')
      await good(page, 'ms')
      await submit(page, page.locator('li', { hasText: 'Adam Rizqi bin Kamal' }).locator('form[action="/acting/start"] button'))
      at(page, '/service/jkm/disability-card/apply/held')
      await good(page, 'ms')
      await acting(page)
      await says(page, 'Hospital Contoh Kluang')
      const path = await send(page, { answers: { has_carer: true, carer_name: 'Salmah binti Yusof' } }, 'ms')
      await opened(page.context(), await ready(page))
      await says(page, 'Salmah binti Yusof')
      await finish(page)
      at(page, '/me')
      assert.equal((await page.goto(path)).status(), 404, 'his case is hers')
      return path
    })
    await as(rig, 'off-auditor', { lang: 'en' }, async page => {
      await page.goto(path.replace('/case/', '/desk/'))
      await good(page, 'en')
      await says(page, 'Salmah binti Yusof', 'Adam Rizqi bin Kamal')
    })
  },

  'a helper under a mandate, until it is ended': async rig => {
    const move = await sample(rig.server, 'jpn/change-of-address', 'hamidah')
    const context = await open(rig.browser, rig.server, { lang: 'ms', js: false })
    const page = await context.newPage()
    try {
      await enter(page, 'off-nadi-helper')
      at(page, '/helper')
      await good(page, 'ms')
      await submit(page, page.locator('li', { hasText: 'Rosnah binti Che Mat' }).locator('form[action="/acting/start"] button'))
      const path = await apply(page, 'jpn/change-of-address', move, 'ms')
      await as(rig, 'rosnah', {}, async hers => {
        await hers.goto(path)
        await good(hers, 'ms')
        await says(hers, 'Nurul Hidayah binti Ismail', 'NADI')
        await hers.goto('/me/mandates')
        await good(hers, 'ms')
        await submit(hers, hers.locator('form[action$="/end"] button').first())
        at(hers, '/me/mandates')
      })
      assert.notEqual((await page.goto(path)).status(), 200, 'the mandate is over and the helper still reads the case')
    } finally {
      await context.close()
    }
  },

  'a protected person, whom no officer finds without the named post': async rig => {
    const nadia = rig.demo.persons.find(p => p.id === 'nadia')
    const move = await sample(rig.server, nadia.service, 'nadia')
    const path = await as(rig, 'nadia', { lang: 'en' }, async page => {
      await page.goto('/me/looks') // her case of an earlier walk, or a new one
      const before = page.locator('.b-look a[href^="/case/"]').first()
      if (await before.count()) return before.getAttribute('href')
      return apply(page, nadia.service, move, 'en')
    })
    const desk = path.replace('/case/', '/desk/')
    /** shown are the places, new and old, that a page tells. */
    const shown = async page => {
      const text = (await page.content()).replace(/<[^>]*>/g, '').replace(/\s+/g, ' ') // words that differ are marked one by one
      return [move.answers.address, 'Pangsapuri Kenari'].filter(p => text.includes(p))
    }
    await as(rig, 'off-auditor', {}, async page => {
      await page.goto(desk)
      assert.deepEqual(await shown(page), [])
    })
    await as(rig, 'off-kl-reg', {}, async page => {
      await page.goto(desk)
      await good(page, 'ms')
      assert.deepEqual(await shown(page), [])
      await follow(page, `${desk}/protected`)
      await page.locator('[name=reason]').fill('Alamat perlu disahkan dengan pihak berkuasa.')
      await submit(page)
      await good(page, 'ms')
      await as(rig, 'off-protect', {}, async shield => {
        at(shield, '/protection')
        await submit(shield, shield.locator('main a[href^="/protection/request/"]').first())
        await good(shield, 'ms')
        await shield.locator('[name=reason]').fill('Perlu untuk urusan ini sahaja.')
        await submit(shield, shield.locator('button[name=verdict][value=open]'))
        await good(shield, 'ms')
      })
      await page.goto(desk)
      assert.ok((await shown(page)).includes(move.answers.address), 'it was opened and shows nothing')
    })
    await as(rig, 'nadia', { lang: 'en', width: 320 }, async page => {
      await page.goto('/me/protection')
      await good(page, 'en')
      await says(page, 'EPO 41/2026')
      await page.goto('/me/looks')
      await good(page, 'en')
      await says(page, 'Alamat perlu disahkan dengan pihak berkuasa.')
    })
  },

  'officers do what their story says': async rig => {
    await both([
      { name: 'off-kk-reg checks, off-kk-asst decides', run: async () => {
        await as(rig, 'off-kk-reg', {}, async page => {
          await top(page, '#form-check')
          await deskAct(page, 'check', async f => {
            await f.locator('[name=finding][value=in_order]').check()
            await f.locator('[name=note]').fill('Butiran sepadan dengan daftar.')
          })
        })
        await as(rig, 'off-kk-asst', {}, async page => {
          await top(page, '#form-decide')
          await deskAct(page, 'decide', async f => {
            await f.locator('[name=verdict][value=approve]').check()
            await f.locator('[name=reasons]').fill('Lengkap dan teratur.')
          })
        })
      } },
      { name: 'off-jkm-check hands a case over, off-jkm-check-2 has it', run: async () => {
        const href = await as(rig, 'off-jkm-check', {}, async page => {
          const href = await top(page, 'a[href$="/hand-over"]')
          await follow(page, `${href}/hand-over`)
          await good(page, 'ms')
          await page.locator('label', { hasText: 'Ling Kah Hui' }).click()
          await page.locator('#note').fill('Saya bercuti minggu ini.')
          await submit(page)
          await good(page, 'ms')
          return href
        })
        await as(rig, 'off-jkm-check-2', {}, async page => {
          await page.goto('/desk?view=mine')
          await good(page, 'ms')
          await follow(page, href)
        })
      } },
      { name: 'off-head sees the load', run: () => as(rig, 'off-head', {}, async page => {
        await follow(page, '/desk/head')
        await good(page, 'ms')
        await says(page, 'Nik Azman bin Nik Ismail')
      }) },
      { name: 'off-hq-records decides what rosnah disputes', run: async () => {
        const ref = await as(rig, 'rosnah', {}, async page => {
          await page.goto('/me/held')
          await good(page, 'ms')
          await submit(page, page.locator('main a[href^="/me/held/wrong/"][href*="name"]').first())
          await page.locator('[name=claimed]').fill('Rosnah binti Che Mat Ali')
          await page.locator('[name=reason]').fill('Nama bapa saya tidak lengkap.')
          await submit(page)
          await good(page, 'ms')
          return /Kes (\S+) dibuka/.exec(await words(page))[1]
        })
        await as(rig, 'off-hq-records', {}, async page => {
          await page.goto(`/desk/${ref}`)
          await good(page, 'ms')
          await deskAct(page, 'decide', async f => {
            await f.locator('[name=verdict][value=refuse]').check()
            await f.locator('[name=reasons]').fill('Sijil kelahiran menunjukkan nama dalam daftar.')
          })
        })
      } },
      { name: 'off-auditor checks a proof', run: () => as(rig, 'off-auditor', {}, async page => {
        const href = await top(page, 'h1')
        const answer = await page.context().request.get(href.replace('/desk/', '/case/') + '/receipt.tlog-proof')
        const proof = await answer.text()
        assert.equal(answer.status(), 200)
        await page.goto('/journal')
        await good(page, 'ms')
        await says(page, proof.split('\n').find(l => l.startsWith(rig.demo.journal.origin)) ?? 'no origin in the proof')
        const { stdout } = await run(binary, ['journal', 'verify', '--url', rig.server.url, '--key', rig.demo.journal.public_key])
        assert.match(stdout, /\d/)
      }) },
      ...['off-hq-appeal', 'off-team', 'off-admin', 'off-mail', 'off-protect', 'off-jkm-counter'].map(id => ({ name: id, run: () => as(rig, id, {}, async page => {
        for (const step of rig.demo.officers.find(o => o.id === id).walk) {
          assert.equal((await page.goto(step.go)).status(), 200, step.go)
          await good(page, 'ms')
        }
      }) }))
    ])
  }
}
