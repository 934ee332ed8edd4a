// Paying by telephone: the page of a payment, whoever's phone scans it, and the receipt; in both languages, on a
// narrow screen, with a script and without.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { examples, Person } from './lib/api.mjs'
import { Webhook } from 'standardwebhooks'
import { open } from './lib/browser.mjs'
import { listen } from './lib/listen.mjs'
import { birth } from './lib/scene.mjs'
import { submit } from './lib/form.mjs'
import { follow, good, ready, says } from './lib/walk.mjs'

const key = server => ({ authorization: 'Bearer ' + server.demo.payments.agencies[0].test_api_key, 'content-type': 'application/json' })

/** ask makes a payment as an agency's system does. */
async function ask (server, amount) {
  const res = await fetch(server.url + '/v1/payments', {
    method: 'POST',
    headers: key(server),
    body: JSON.stringify({ amount, reference: 'LM-7', description: 'Lesen memandu', return_url: server.url + '/services' })
  })
  assert.equal(res.status, 201)
  return res.json()
}

/** phone pays a payload with somebody's phone, at the bank. */
async function phone (server, payload) {
  const paid = await fetch(server.demo.payments.sandbox_bank + '/phone/pay', {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ payload, account: server.demo.payments.payer_account })
  })
  assert.equal(paid.status, 200)
}

/** scan reads the QR off the page, as a phone's camera would: from a picture of it, and nothing else of the page. */
async function scan (page) {
  return execFileSync('zbarimg', ['-q', '--raw', 'png:-'], { input: await page.locator('main img').screenshot(), stdio: ['pipe', 'pipe', 'ignore'] }).toString().trim()
}

/** pay scans the payment's QR with somebody's phone, at the bank. */
async function pay (server, payment) {
  const res = await fetch(`${server.url}/v1/payments/${payment.payment_id}/qr`, { headers: { ...key(server), accept: 'application/json' } })
  await phone(server, (await res.json()).payload)
}

/** again opens an address until what is waited for is there: the bank tells the hall a moment after the phone has paid. */
async function again (page, address, there) {
  const until = Date.now() + 20000
  for (let is = false; !is && Date.now() < until;) {
    try {
      await page.goto(address)
      is = await there()
    } catch { /* the page's own script was opening it too */ }
  }
}

const tests = {}

for (const [lang, width, js] of [['ms', 320, true], ['en', 320, false], ['en', 1280, true], ['ms', 1280, false]]) {
  tests[`a payment in ${lang}, ${width} px, JavaScript ${js ? 'on' : 'off'}`] = async ({ browser, server }) => {
    const context = await open(browser, server, { lang, js, width })
    const page = await context.newPage()
    const payment = await ask(server, 2050)
    const address = new URL(payment._links.next_url.href)
    await page.goto(address.pathname + '?lang=' + lang)
    await says(page, 'RM20.50', 'Lesen memandu', 'LM-7')
    await good(page, lang)
    const shown = page.locator('main img')
    assert.equal(await shown.evaluate(i => i.complete && i.naturalWidth > 0), true, 'the QR is not drawn')
    for (const way of ['fpx', 'card']) {
      await page.goto(address.pathname + '?by=' + way)
      await good(page, lang)
    }
    await page.goto(address.pathname)
    await pay(server, payment)
    if (js) await page.getByText(/UJI-JPJ-\d{4}-\d{7}/).waitFor()
    else {
      const until = Date.now() + 10000
      do {
        await page.locator('main a', { hasText: lang === 'ms' ? 'Semak' : 'Look' }).click()
      } while (!/UJI-JPJ-\d{4}-\d{7}/.test(await page.locator('main').innerText()) && Date.now() < until)
    }
    await says(page, /UJI-JPJ-\d{4}-\d{7}/.exec(await page.locator('main').innerText())?.[0] ?? 'a receipt')
    await good(page, lang)
    await page.locator('main a[href^="/receipt/"]').click()
    await says(page, 'RM20.50', 'LM-7')
    await good(page, lang)
    await page.goto(new URL(page.url()).pathname) // who has the number alone
    assert.ok(!(await page.locator('main').innerText()).includes('LM-7'))
    await good(page, lang)
    await context.close()
  }
}

// A bill: found by who holds it, paid from a phone, and a receipt whose code a browser reads; then by a link, and in
// one's own hall.
for (const [lang, width, js] of [['ms', 320, false], ['en', 1280, true]]) {
  tests[`a bill in ${lang}, ${width} px, JavaScript ${js ? 'on' : 'off'}`] = async ({ browser, server }) => {
    const number = 'B-' + lang
    const made = await (await fetch(server.url + '/v1/bills', {
      method: 'POST', headers: key(server), body: JSON.stringify({ number, description: { ms: 'Saman laju', en: 'Speeding summons' }, amount: 15000, partial: true, least_amount: 1000 })
    })).json()
    const context = await open(browser, server, { lang, js, width })
    const page = await context.newPage()
    await page.goto('/bill?lang=' + lang)
    await good(page, lang)
    await page.locator('#agency').selectOption('jpj')
    await page.locator('#number').fill(number)
    await page.locator('#code').fill('WRONG234')
    await page.locator('main form button').first().click()
    await page.locator('.govuk-error-summary').waitFor()
    await good(page, lang)
    await page.locator('#code').fill(made.check_code)
    await page.locator('main form button').first().click()
    await page.waitForURL('**/bill/**')
    await good(page, lang)
    await says(page, 'RM150.00', number)
    await page.locator('main form button').first().click()
    await page.waitForURL('**/pay/**')
    await phone(server, await scan(page))
    await again(page, page.url(), () => page.locator('a[href^="/receipt/"]').count())
    await page.locator('a[href^="/receipt/"]').first().click()
    await page.waitForURL('**/receipt/**')
    await good(page, lang)
    await says(page, 'RM150.00', number)
    const code = execFileSync('zbarimg', ['-q', '--raw', 'png:-'], { input: await page.locator('main svg').screenshot(), stdio: ['pipe', 'pipe', 'ignore'] }).toString().trim()
    await page.goto(new URL(code).pathname)
    await says(page, 'RM150.00', number)
    await page.goto('/p/mbpj/cukai-taksiran')
    await good(page, lang)
    await page.locator('#amount').fill('9')
    await page.locator('main form button').first().click()
    await page.locator('.govuk-error-summary').waitFor()
    await good(page, lang)
    await page.goto('/receipt')
    await good(page, lang)
    const own = await open(browser, server, { lang, js, width, as: 'ganesan' })
    const mine = await own.newPage()
    await mine.goto('/me/bills')
    await good(mine, lang)
    await says(mine, 'RM412.80', 'CT-2026-2-118204')
    const desk = await open(browser, server, { lang, js, width, as: 'off-mbpj-treasurer-1' })
    const bills = await desk.newPage()
    await bills.goto('/payments/mbpj/bills')
    await good(bills, lang)
    await bills.getByRole('link', { name: 'CT-2026-2-118204' }).click()
    await bills.waitForURL('**/bills/bill/**')
    await good(bills, lang)
    await bills.goto('/payments/mbpj/bills')
    await bills.locator('a[href*="/bills/link/"]').first().click()
    await bills.waitForURL('**/bills/link/**')
    await good(bills, lang)
    await Promise.all([context, own, desk].map(c => c.close()))
  }
}

// The fee of a late registration: paid from the case's own page by somebody else's phone; the case goes on by itself.
tests['the fee of a case'] = async ({ browser, server }) => {
  const example = (await examples(server, birth)).find(e => e.person === 'norazlina')
  const person = await Person.as(server, example.person)
  const { ref } = await person.apply(birth, example)
  const context = await open(browser, server, { lang: 'ms', js: true, width: 320, as: example.person })
  const page = await context.newPage()
  await page.goto('/case/' + ref)
  await good(page, 'ms')
  await page.getByRole('button', { name: 'Bayar RM50.00' }).click()
  await says(page, 'RM50.00', ref)
  const first = page.url()
  await page.goto('/case/' + ref)
  await page.getByRole('button', { name: 'Bayar RM50.00' }).click()
  assert.equal(page.url(), first, 'one fee has two pages')
  await phone(server, await scan(page))
  await page.getByText(/UJI-JPN-\d{4}-\d{7}/).first().waitFor()
  await page.locator('main a.govuk-button').click() // back to the case
  await says(page, 'RM50.00', /UJI-JPN-\d{4}-\d{7}/.exec(await page.locator('main').innerText())[0])
  assert.equal(await page.getByRole('button', { name: /Bayar/ }).count(), 0)
  await good(page, 'ms')
  await context.close()
}

// Road tax, by typing nothing: what is known, the months, the review, and the page to pay on; then somebody's telephone,
// and the licence is there.
tests['road tax: press, pay, done'] = async ({ browser, server }) => {
  const context = await open(browser, server, { lang: 'en', js: false, width: 320, as: 'azlan' })
  const page = await context.newPage()
  await page.goto('/service/jpj/road-tax')
  await good(page, 'en')
  await follow(page, '/service/jpj/road-tax/apply')
  let pages = 0
  for (; !/^\/pay\//.test(new URL(page.url()).pathname); pages++) {
    assert.ok(pages < 5, page.url())
    await good(page, 'en')
    assert.equal(await page.locator('main textarea, main input:is([type=text], [type=tel], [type=number], [type=email])').count(), 0, 'there is something to type')
    const months = page.locator('main input[name=months][value="12"]')
    if (await months.count()) await months.check()
    if (/review$/.test(page.url())) await says(page, 'You pay RM70.00', 'A car of 1,329 cc for 12 months')
    await submit(page)
  }
  assert.equal(pages, 3)
  const ref = /BLH-[A-Z0-9-]+/.exec(await page.locator('main').innerText())[0]
  await says(page, 'RM70.00')
  await phone(server, await scan(page))
  await again(page, '/case/' + ref, async () => await page.locator('#fee').count() === 0)
  await ready(page)
  await good(page, 'en')
  await says(page, 'RM70.00')
  assert.equal(await page.locator('#fee').count(), 0)
  await context.close()
}

// By the bank's own page: the browser is led there by a form, and back; what counts is the money and not the browser.
tests['by online banking'] = async ({ browser, server }) => {
  const context = await open(browser, server, { lang: 'en', js: true, width: 1280 })
  const page = await context.newPage()
  const payment = await ask(server, 4500)
  await page.goto(new URL(payment._links.next_url.href).pathname + '?by=fpx')
  await page.locator('main form button[value=fpx]').click()
  await page.waitForURL(server.demo.payments.sandbox_bank + '/**')
  await page.locator('main input[type=radio][value=demo]').check()
  await page.locator('main form button').first().click()
  await page.waitForURL(server.url + '/pay/**')
  await page.getByText(/UJI-JPJ-\d{4}-\d{7}/).first().waitFor().catch(async e => { throw new Error(page.url() + ' ' + await page.locator('main').innerText()) })
  await context.close()
}

tests['one who leaves is told that nothing is lost'] = async ({ browser, server }) => {
  const context = await open(browser, server, { lang: 'ms', js: false, width: 320 })
  const page = await context.newPage()
  const payment = await ask(server, 100)
  await page.goto(new URL(payment._links.next_url.href).pathname)
  await page.locator('a[href$="?leave=1"]').click() // and is asked once more
  await page.locator('button[value=cancel]').click()
  await says(page, 'Anda membatalkan bayaran ini', 'dipulangkan dengan sendirinya')
  await good(page, 'ms')
  await context.close()
}

// An agency's system is told of each step, and npm's standardwebhooks takes it for the hall's.
tests['standardwebhooks verifies what an agency is told'] = async ({ server }) => {
  const hook = await listen()
  try {
    const set = await (await fetch(server.url + '/v1/webhooks', { method: 'POST', headers: key(server), body: JSON.stringify({ url: hook.url }) })).json()
    assert.equal(set.secret, server.demo.payments.webhook_secret)
    const payment = await ask(server, 900)
    await pay(server, payment)
    const types = [] // each is sent by itself, and one may overtake the other
    for (let n = 0; n < 2; n++) {
      const sent = await hook.next()
      const told = new Webhook(set.secret).verify(sent.body, sent.headers)
      assert.equal(told.data.payment_id, payment.payment_id)
      assert.throws(() => new Webhook(set.secret).verify(sent.body.replace('900', '901'), sent.headers))
      types.push(told.type)
    }
    assert.deepEqual(types.sort(), ['payment.started', 'payment.succeeded'])
    const list = await (await fetch(server.url + '/v1/webhooks/deliveries', { headers: key(server) })).json()
    await fetch(`${server.url}/v1/webhooks/messages/${list.deliveries[0].message_id}/replay`, { method: 'POST', headers: key(server) })
    const again = await hook.next()
    assert.equal(again.headers['webhook-id'], list.deliveries[0].message_id)
    await fetch(`${server.url}/v1/webhooks/${set.webhook_id}`, { method: 'DELETE', headers: key(server) })
  } finally {
    hook.close()
  }
}

// A plain transfer, of which nobody is told: the hall finds it on the bank's statement.
tests['by a transfer with a reference'] = async ({ browser, server }) => {
  const context = await open(browser, server, { lang: 'ms', js: false, width: 320 })
  const page = await context.newPage()
  const payment = await ask(server, 3100)
  await page.goto(new URL(payment._links.next_url.href).pathname + '?by=transfer')
  await good(page, 'ms') // the page offers it, and nothing is chosen yet
  assert.equal(await page.locator('main a[target=_blank]').count(), 0)
  await page.locator('button[value=transfer]').focus()
  await page.keyboard.press('Enter')
  await page.locator('main a[target=_blank]').waitFor()
  await good(page, 'ms')
  const bank = await context.newPage()
  await bank.goto(await page.locator('main a[target=_blank]').getAttribute('href'))
  await bank.locator('input[name=from][value=demo]').check()
  await bank.locator('main form button').click()
  await bank.locator('.govuk-notification-banner--success').waitFor()
  const until = Date.now() + 90000 // statements are read each minute here
  let now = {}
  do {
    await new Promise(ok => setTimeout(ok, 500))
    now = await (await fetch(`${server.url}/v1/payments/${payment.payment_id}`, { headers: key(server) })).json()
  } while (now.state.status !== 'success' && Date.now() < until)
  assert.equal(now.state.status, 'success', JSON.stringify(now.state))
  await context.close()
}

// The finance desk: one officer sends much back, another confirms it; each page in both languages, and at 320 px.
for (const [lang, width] of [['ms', 320], ['en', 1280]]) {
  tests[`a finance desk in ${lang}, ${width} px`] = async ({ browser, server }) => {
    const one = await open(browser, server, { lang, js: false, width, as: 'off-jpj-treasurer-1' })
    const two = await open(browser, server, { lang, js: false, width, as: 'off-jpj-treasurer-2' })
    const payment = await ask(server, 250000)
    await pay(server, payment)
    const page = await one.newPage()
    const address = '/payments/jpj/payment/' + payment.payment_id
    await again(page, address, () => page.locator('#amount').count())
    for (const path of ['/payments/jpj', '/payments/jpj/list?state=success', '/payments/jpj/exceptions', '/payments/jpj/statements', '/payments/jpj/books', '/payments/jpj/payouts', '/payments/jpj/system', address]) {
      await page.goto(path + (path.includes('?') ? '&' : '?') + 'lang=' + lang)
      await good(page, lang)
    }
    await page.locator('#amount').fill('9999999')
    await page.locator('form[action$="/refund"] button').click()
    await page.locator('.govuk-error-summary').waitFor()
    await good(page, lang)
    await page.locator('#amount').fill('1500.50')
    await page.locator('form[action$="/refund"] button').click()
    await page.waitForURL('**' + address)
    assert.equal(await page.locator('button[value=yes]').count(), 0, 'who asked may confirm')
    await good(page, lang)
    const other = await two.newPage()
    await other.goto(address)
    await other.locator('button[value=yes]').click()
    await other.waitForURL('**' + address)
    const back = lang === 'ms' ? 'Dipulangkan' : 'Sent back'
    for (let n = 0; n < 40 && !(await other.locator('main .govuk-tag').allInnerTexts()).some(t => t.trim() === back); n++) await other.reload()
    await says(other, back, 'RM1,500.50')
    await page.goto('/payments/jpj/system')
    await page.locator('#name').fill('Sistem ' + lang)
    await page.locator('form[action$="/system/key"] button').click()
    await says(page, 'api_test_')
    await good(page, lang)
    const centre = await open(browser, server, { lang, js: false, width, as: 'off-anm-treasurer-1' })
    const all = await centre.newPage()
    await all.goto('/payments?days=7')
    await good(all, lang)
    await Promise.all([one, two, centre].map(c => c.close()))
  }
}

export default tests
