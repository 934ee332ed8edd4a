// Screenshots of every page type: node test/browser/shots.mjs [WORD...] into .build/shot/WIDTH-LANG/VIEWER-PAGE.png.
// A word keeps only the pages whose type or viewer contains it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { launch, open } from './lib/browser.mjs'
import { start, root } from './lib/server.mjs'
import { all } from './lib/reader.mjs'

const words = process.argv.slice(2)
const browser = await launch()
const server = await start()
try {
  const pages = (await all(server)).pages.filter(p => !words.length || words.some(w => `${p.as} ${p.kind}`.includes(w)))
  for (const lang of ['ms', 'en']) {
    for (const width of [320, 768, 1280]) {
      const dir = join(root, '.build/shot', `${width}-${lang}`)
      mkdirSync(dir, { recursive: true })
      for (const as of new Set(pages.map(p => p.as))) {
        const context = await open(browser, server, { lang, width, as })
        const page = await context.newPage()
        for (const p of pages.filter(p => p.as === as)) {
          await page.goto(p.path)
          const name = `${as ?? 'nobody'}${p.kind.replaceAll(/[^a-z0-9]+/gi, '-')}`.replace(/-$/, '')
          await page.screenshot({ path: join(dir, name + '.png'), fullPage: true })
        }
        await context.close()
      }
    }
  }
  console.log(`${pages.length * 6} pictures in .build/shot`)
} finally {
  await browser.close()
  await server.stop()
}
