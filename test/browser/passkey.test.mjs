// Passkeys on a real browser with a virtual authenticator: enrol, sign in, refuse, lock a copy; and beside our verdict that of @simplewebauthn/server on the same ceremonies.
import assert from 'node:assert/strict'
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server'
import { open, signIn } from './lib/browser.mjs'
import { submit } from './lib/form.mjs'
import { says, through } from './lib/walk.mjs'

async function authenticator (context, page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }
  })
  return {
    verified: is => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: is }),
    // Puts the key back as a copy that was made before it was used.
    copy: async () => {
      const { credentials: [key] } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
      await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: key.credentialId })
      await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...key, signCount: 1 } })
    }
  }
}

// What passes between the page and the hall, by the last part of its address. It is read on its way: the body of an
// answer is gone from the browser once the page moves on.
async function listen (page) {
  const seen = []
  await page.route(url => url.pathname.includes('/passkey') && /\/(begin|finish)$/.test(url.pathname), async route => {
    const response = await route.fetch()
    const body = await response.text()
    seen.push({ path: new URL(route.request().url()).pathname, status: response.status(), sent: route.request().postDataJSON(), got: JSON.parse(body) })
    await route.fulfill({ response, body })
  })
  return part => seen.filter(s => s.path.endsWith(part)).at(-1)
}

async function enrol (page, label) {
  await page.goto('/me/sign-in?lang=en')
  await page.fill('input[name=label]', label)
  await page.click('[data-passkey=create] button')
  await page.waitForURL(u => u.pathname === '/me/sign-in' && u.searchParams.has('added'))
}

// A browser that offers its passkeys in the form's field comes in by itself here, where nobody has to choose; another has the button.
async function ask (page) {
  if (!await page.evaluate(() => PublicKeyCredential.isConditionalMediationAvailable?.())) await page.click('[data-passkey] button')
}

async function come (page, path) {
  await ask(page)
  await page.waitForURL(u => u.pathname === path)
}

const signOut = (context, server) => context.request.post(server.url + '/sign-out', { headers: { Origin: server.url } })
const told = page => page.waitForFunction(() => document.querySelector('[data-passkey] [role=status]').textContent !== '')

export default {
  'a passkey is enrolled and opens the door again': async ({ browser, server, demo }) => {
    const context = await open(browser, server, { lang: 'en' })
    try {
      const page = await context.newPage()
      const errors = []
      page.on('pageerror', e => errors.push(e.message))
      await authenticator(context, page)
      const last = await listen(page)
      await signIn(context, server, demo.persons[0].id)
      await enrol(page, 'My phone')
      assert.match(await page.textContent('main'), /My phone/)
      const site = { expectedOrigin: server.url, expectedRPID: new URL(server.url).hostname, requireUserVerification: true }
      const made = last('/finish')
      const registration = await verifyRegistrationResponse({ response: made.sent.credential, expectedChallenge: last('/begin').got.publicKey.challenge, ...site })
      assert.equal(registration.verified, made.status === 200)
      await signOut(context, server)
      await page.goto('/sign-in?next=/me/posts')
      await come(page, '/me/posts')
      const used = last('/finish')
      const authentication = await verifyAuthenticationResponse({ response: used.sent, expectedChallenge: last('/begin').got.publicKey.challenge, credential: registration.registrationInfo.credential, ...site })
      assert.equal(authentication.verified, used.status === 200)
      assert.deepEqual(errors, [])
    } finally {
      await context.close()
    }
  },

  'the browser offers the passkey in the field of the number, and nothing is pressed': async ({ browser, server, demo }) => {
    const context = await open(browser, server, { lang: 'en' })
    try {
      const page = await context.newPage()
      await page.addInitScript(() => { // how the device is asked; the page moves on once it has answered
        const get = navigator.credentials.get.bind(navigator.credentials)
        navigator.credentials.get = o => {
          sessionStorage.setItem('asked', (sessionStorage.getItem('asked') ?? '') + (o.mediation ?? 'pressed') + ' ')
          return get(o)
        }
      })
      await authenticator(context, page)
      await signIn(context, server, demo.persons[3].id)
      await enrol(page, 'Offered')
      await signOut(context, server)
      await page.goto('/sign-in?next=/me/posts')
      await page.waitForURL(u => u.pathname === '/me/posts')
      assert.equal(await page.evaluate(() => sessionStorage.getItem('asked')), 'conditional ')
    } finally {
      await context.close()
    }
  },

  'a form that needs a stronger sign-in is sent as it was filled, after it': async ({ browser, server }) => {
    const context = await open(browser, server, { lang: 'ms' })
    try {
      const page = await context.newPage()
      await authenticator(context, page)
      await signIn(context, server, 'ganesan')
      await enrol(page, 'Telefon')
      await page.goto('/me/sign-in?lang=ms')
      await submit(page, page.locator('form[action="/me/sign-in/codes"] button'))
      const code = await page.locator('.b-ref__code').first().innerText()

      // He has filled the form in, and all but sent it.
      await page.goto('/service/jkm/disability-card/apply')
      await through(page, { answers: { has_carer: true, carer_name: 'Letchumi a/p Muthusamy' } }, 'ms')

      // In another window he recovers his sign-in by two codes, which is a weak one.
      const other = await context.newPage()
      await other.goto('/recover')
      await other.fill('#number', '780409-00-6117')
      await submit(other, other.locator('form[action="/recover"] button'))
      await other.fill('#code', code)
      await submit(other, other.locator('form[action="/recover/code"] button'))
      await submit(other, other.locator('form[action="/recover/send"] button'))
      let sent
      for (const end = performance.now() + 15000; !sent && performance.now() < end;) {
        sent = /Kod anda ialah ([0-9A-Z]{4}-[0-9A-Z]{4})/.exec(await (await context.request.get('/demo/mailbox')).text())
      }
      await other.fill('#sent', sent[1])
      await submit(other, other.locator('form[action="/recover/contact"] button'))
      await other.locator('[name=lost]').last().check() // the codes; the passkey he still has
      await submit(other, other.locator('form[action="/recover/finish"] button'))

      // The form asks for more; the passkey gives it, and nothing is typed again.
      const way = []
      page.on('framenavigated', () => way.push(page.url()))
      await page.locator('main form button[type=submit]').first().click()
      await page.waitForURL(u => u.pathname.startsWith('/case/'))
      assert.ok(way.some(u => /\/sign-in\?.*aal=2/.test(u)), `nothing stronger was asked for: ${way}`)
      await says(page, 'Permohonan anda diluluskan')
    } finally {
      await context.close()
    }
  },

  'a passkey that was copied is locked, and its owner is told': async ({ browser, server, demo }) => {
    const context = await open(browser, server, { lang: 'en' })
    try {
      const page = await context.newPage()
      const device = await authenticator(context, page)
      const last = await listen(page)
      await signIn(context, server, demo.persons[1].id)
      await enrol(page, 'Copied')
      for (let i = 0; i < 2; i++) {
        await signOut(context, server)
        await page.goto('/sign-in?next=/me/posts')
        await come(page, '/me/posts')
      }
      await signOut(context, server)
      await device.copy()
      await page.goto('/sign-in?lang=en&next=/me/posts')
      await ask(page) // a press while the offer is on its way would take its place
      await told(page)
      assert.equal(last('/finish').status, 403)
      await signIn(context, server, demo.persons[1].id)
      await page.goto('/me/sign-in?lang=en')
      assert.match(await page.textContent('main'), /Locked/)
    } finally {
      await context.close()
    }
  },

  'a device that does not see who holds it is refused': async ({ browser, server, demo }) => {
    const context = await open(browser, server, { lang: 'en' })
    try {
      const page = await context.newPage()
      const device = await authenticator(context, page)
      await signIn(context, server, demo.persons[2].id)
      await enrol(page, 'Left on a table')
      await signOut(context, server)
      await device.verified(false)
      await page.goto('/sign-in?lang=en&next=/me/posts')
      await page.click('[data-passkey] button')
      await told(page)
      assert.match(await page.textContent('[data-passkey] [role=status]'), /did not confirm/)
      const answer = await context.request.get(server.url + '/me/posts', { maxRedirects: 0 })
      assert.equal(answer.status(), 303)
    } finally {
      await context.close()
    }
  },

  'a device that does not know its owner is told so in words': async ({ browser, server }) => {
    const context = await open(browser, server, { lang: 'ms' })
    try {
      const page = await context.newPage()
      await authenticator(context, page)
      await page.goto('/sign-in?lang=ms')
      await page.click('[data-passkey] button')
      await told(page)
      assert.match(await page.textContent('[data-passkey] [role=status]'), /Peranti anda tidak mengesahkan/)
      assert.equal(await page.isEnabled('[data-passkey] button'), true)
    } finally {
      await context.close()
    }
  },

  'without JavaScript the page says what to do, and another way is there': async ({ browser, server }) => {
    const context = await open(browser, server, { lang: 'en', js: false })
    try {
      const page = await context.newPage()
      await page.goto('/sign-in?lang=en')
      assert.equal(await page.isVisible('[data-passkey]'), false)
      assert.match(await page.textContent('main'), /need JavaScript/)
      assert.equal(await page.isVisible('input[name=password]'), true)
    } finally {
      await context.close()
    }
  }
}
