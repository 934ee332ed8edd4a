// One headless Chromium for all judges; a context is one person's browser.
import { chromium } from 'playwright-core'
import { existsSync } from 'node:fs'

const executablePath = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** launch starts Chromium with everything off that would call somewhere else. */
export async function launch () {
  if (!executablePath) throw new Error('Chromium is not installed: run tools/debian')
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
  })
}

/** open makes one person's browser: language, JavaScript, width; `as` signs a demo person in. */
export async function open (browser, server, { lang = 'ms', js = true, width = 1280, height = 900, as = null, more = {} } = {}) {
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: js,
    viewport: { width, height },
    locale: lang === 'ms' ? 'ms-MY' : 'en-GB',
    timezoneId: 'Asia/Kuala_Lumpur',
    reducedMotion: 'reduce',
    ...more
  })
  context.setDefaultTimeout(15000)
  if (as) await signIn(context, server, as)
  return context
}

/** signIn uses the demo's one-click sign-in in a context's own cookie jar. */
export async function signIn (context, server, as) {
  const answer = await context.request.post(server.url + '/demo/sign-in', { form: { as }, maxRedirects: 0, headers: { Origin: server.url } })
  if (answer.status() !== 303) throw new Error(`demo sign-in as ${as}: ${answer.status()}`)
}
