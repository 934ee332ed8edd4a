// An agency's own system, played by npm's standardwebhooks: what it signs, the hall takes; what the hall sends, it verifies.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { open } from './lib/browser.mjs'
import * as judge from './lib/judge.mjs'
import { listen } from './lib/listen.mjs'

const api = '/api/v1/back-office'

/** signed sends one request as the agency's system: signed, never with the key itself. */
async function signed (server, key, method, path, body, change = {}) {
  const text = body === undefined ? '' : JSON.stringify(body)
  const id = randomUUID()
  const at = new Date()
  const headers = {
    'Accept-Language': 'en',
    'Balai-Agency': server.demo.back_office.agency,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at / 1000)),
    'webhook-signature': new Webhook(key).sign(id, at, text || api + path),
    ...(text ? { 'Content-Type': 'application/json' } : {}),
    ...change
  }
  const res = await fetch(server.url + api + path, { method, headers, body: text || undefined })
  return { ...(await res.json()), status: res.status }
}

export default {
  'the hall takes what standardwebhooks signs, and standardwebhooks verifies what the hall sends': async ({ browser, server }) => {
    const { api_key: key, webhook_secret: secret } = server.demo.back_office
    const hook = await listen()
    const context = await open(browser, server, { lang: 'en', js: false, as: 'ganesan' })
    try {
      assert.equal((await signed(server, key, 'PUT', '/webhook', { url: hook.url })).status, 200)
      const theirs = { their_ref: 'NODE/1', person: 'ganesan', state: 'waiting', version: 1, title: { ms: 'Lesen kelas A1', en: 'A licence of class A1' }, question: { ms: 'Bila anda boleh datang?', en: 'When can you come?' } }
      const made = await signed(server, key, 'PUT', '/cases/NODE%2F1', theirs)
      assert.equal(made.status, 201, JSON.stringify(made))
      assert.equal((await signed(server, secret, 'PUT', '/cases/NODE%2F1', theirs)).status, 401)
      const lie = await signed(server, key, 'PUT', '/cases/NODE%2F1', theirs, { 'Balai-Agency': 'jpn' })
      assert.equal(lie.status, 401)
      assert.match(lie.detail, /webhook-signature/)

      const page = await context.newPage()
      await page.goto('/me')
      await page.click('text=A licence of class A1 >> nth=0')
      await page.waitForURL(u => u.pathname === new URL(made.href).pathname)
      await page.fill('#text', 'On Monday, <b>early</b>.')
      await page.click('#question button')
      await page.waitForURL(/done=reply/)
      const sent = await hook.next()
      const event = new Webhook(secret).verify(sent.body, sent.headers)
      assert.equal(event.type, 'case.replied')
      assert.deepEqual([event.data.their_ref, event.data.text], ['NODE/1', 'On Monday, <b>early</b>.'])
      assert.throws(() => new Webhook(key).verify(sent.body, sent.headers))
      assert.throws(() => new Webhook(secret).verify(sent.body.replace('Monday', 'Friday'), sent.headers))

      await page.click('text=Withdraw the application')
      await page.click('text=Yes, withdraw it')
      await page.waitForURL(/done=withdraw/)
      const withdrawn = await hook.next()
      assert.equal(new Webhook(secret).verify(withdrawn.body, withdrawn.headers).type, 'case.withdrawn')
      const list = await signed(server, key, 'GET', '/events')
      assert.deepEqual(list.events.map(e => e.id), [sent.headers['webhook-id'], withdrawn.headers['webhook-id']])
      const again = await signed(server, key, 'POST', `/events/${list.events[0].id}/replay`)
      assert.equal(again.addresses, 1, JSON.stringify(again))
      assert.equal((await hook.next()).headers['webhook-id'], sent.headers['webhook-id'])
    } finally {
      await context.close()
      hook.close()
    }
  },

  'every page of it passes the judges': async ({ browser, server }) => {
    const { api_key: key } = server.demo.back_office
    const first = await signed(server, key, 'GET', '/cases/OKU-2026-00418')
    assert.equal(first.status, 200)
    const pdf = Buffer.from('%PDF-1.4\n%\xe2\xe3\n1 0 obj<</Type/Page>>endobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n', 'latin1').toString('base64')
    await signed(server, key, 'POST', '/cases/OKU-2026-00418/messages', { their_ref: 'OKU-2026-00418', id: 'm1', text: { ms: 'Sila bawa kad OKU anda.', en: 'Please bring your disability card.' } })
    const doc = await signed(server, key, 'POST', '/cases/OKU-2026-00418/documents', { their_ref: 'OKU-2026-00418', id: 'd1', title: { ms: 'Surat temu janji', en: 'Appointment letter' }, media_type: 'application/pdf', content: pdf })
    assert.equal(doc.status, 201, JSON.stringify(doc))
    const held = await signed(server, key, 'PUT', '/holdings/points', { name: 'points', person: 'ganesan', label: { ms: 'Mata demerit', en: 'Demerit points' }, value: '0', as_of: '2026-11-01', basis: { ms: 'Akta Pengangkutan Jalan 1987', en: 'Road Transport Act 1987' } })
    assert.equal(held.status, 201, JSON.stringify(held))
    const pages = ['/me', '/me/held', `/office/${first.ref}`, `/office/${first.ref}/withdraw`, '/me/held/office/jpj/points', '/api/back-office']
    const faults = []
    for (const lang of ['ms', 'en']) {
      for (const width of lang === 'ms' ? [320, 1280] : [320]) {
        const context = await open(browser, server, { lang, width, as: 'ganesan' })
        const page = await context.newPage()
        for (const path of width === 320 ? pages : pages.slice(2, 3)) { // the wide page is judged once
          const answer = await page.goto(path + '?lang=' + lang)
          if (answer.status() !== 200) faults.push(`${path}: ${answer.status()}`)
          for (const l of await judge.all(page, lang)) faults.push(`${path} in ${lang} at ${width}: ${l}`)
          if (width === 320) for (const l of await judge.html(await answer.text(), path)) faults.push(`${path} in ${lang}: ${l}`)
        }
        await context.close()
      }
    }
    assert.deepEqual(faults, [])
  }
}
