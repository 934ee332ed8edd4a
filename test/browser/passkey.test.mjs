// Passkeys on a real browser with a virtual authenticator: enrol, sign out, sign in, and what a page says without JavaScript.
import assert from 'node:assert/strict'
import { open, signIn } from './lib/browser.mjs'

async function authenticator (context, page) {
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true }
  })
  return verified => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: verified })
}

export default {
  'a passkey is enrolled and opens the door again': async ({ browser, server, demo }) => {
    const context = await open(browser, server, { lang: 'en' })
    try {
      const page = await context.newPage()
      const errors = []
      page.on('pageerror', e => errors.push(e.message))
      await authenticator(context, page)
      await signIn(context, server, demo.persons[0].id)
      await page.goto('/me/passkeys?lang=en')
      await page.fill('input[name=label]', 'My phone')
      await page.click('[data-passkey] button')
      await page.waitForURL(u => u.pathname === '/me/passkeys' && u.searchParams.has('added'))
      assert.match(await page.textContent('.govuk-summary-list__key'), /My phone/)
      await context.request.post(server.url + '/sign-out', { headers: { Origin: server.url } })
      await page.goto('/sign-in?next=/me/posts')
      await page.click('[data-passkey] button')
      await page.waitForURL(u => u.pathname === '/me/posts')
      assert.deepEqual(errors, [])
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
      await page.waitForFunction(() => document.querySelector('[data-passkey] [role=status]').textContent !== '')
      assert.match(await page.textContent('[data-passkey] [role=status]'), /Peranti anda tidak mengesahkan/)
      assert.equal(await page.isEnabled('[data-passkey] button'), true)
    } finally {
      await context.close()
    }
  },

  'without JavaScript the page says what to do': async ({ browser, server }) => {
    const context = await open(browser, server, { lang: 'en', js: false })
    try {
      const page = await context.newPage()
      await page.goto('/sign-in?lang=en')
      assert.equal(await page.isVisible('[data-passkey]'), false)
      assert.match(await page.textContent('main'), /need JavaScript/)
    } finally {
      await context.close()
    }
  }
}
