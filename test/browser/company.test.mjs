// A business that somebody has: chosen on the page of their matters, acted for over its form, and left again; in both
// languages, on a narrow screen with a script and on a wide one without.
import assert from 'node:assert/strict'
import { open } from './lib/browser.mjs'
import * as judge from './lib/judge.mjs'
import { good, says } from './lib/walk.mjs'

const tests = {}

for (const [lang, width, js] of [['ms', 320, true], ['en', 1280, false]]) {
  tests[`acting for a business in ${lang}, ${width} px, JavaScript ${js ? 'on' : 'off'}`] = async ({ browser, server }) => {
    const context = await open(browser, server, { lang, js, width, as: 'mei-yee' })
    const page = await context.newPage()
    for (const path of ['/acting', '/acting/company/IP0091182-K']) { // whom else they let act for it
      await page.goto(path)
      await good(page, lang)
      if (js) assert.deepEqual(await judge.accessible(page), [], path)
    }
    await page.goto('/me')
    await page.getByRole('button', { name: /Kedai Roti Mei Yee/ }).click()
    assert.match(await page.locator('.b-acting').innerText(), /Kedai Roti Mei Yee/)
    await good(page, lang)
    await page.goto('/service/perkeso/employer-registration/apply')
    await says(page, 'IP0091182-K')
    assert.ok(!(await page.locator('main').innerText()).includes('850214'), 'who has the business is among its facts')
    await good(page, lang)
    if (js) assert.deepEqual(await judge.accessible(page), [])
    await page.getByRole('button', { name: /^(Tamat|Finish)$/ }).click()
    await page.goto('/acting') // for themself again
    await good(page, lang)
    await context.close()
  }
}

export default tests
