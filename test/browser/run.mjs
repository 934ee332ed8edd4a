// Runs the browser's judges: node test/browser/run.mjs [NAME...]. One line a test; exit 1 when one fails.
import { readdirSync } from 'node:fs'
import { launch } from './lib/browser.mjs'
import { start } from './lib/server.mjs'

const only = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const files = readdirSync(here).filter(f => f.endsWith('.test.mjs')).sort()

let passed = 0
const failed = []
const browser = await launch()
const server = await start()
try {
  for (const file of files) {
    const suite = file.replace('.test.mjs', '')
    if (only.length && !only.some(o => suite === o)) continue
    const tests = (await import(new URL(file, here))).default
    for (const [name, test] of Object.entries(tests)) {
      const began = performance.now()
      try {
        await test({ browser, server, demo: server.demo })
        passed++
        console.log(`ok    ${suite}: ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
      } catch (e) {
        failed.push(`${suite}: ${name}`)
        console.log(`FAIL  ${suite}: ${name}\n      ${String(e.stack ?? e).split('\n').slice(0, 60).join('\n      ')}`)
      }
    }
  }
} finally {
  await browser.close()
  await server.stop()
}
for (const f of failed) console.log('failed: ' + f)
console.log(`browser: ${passed} passed, ${failed.length} failed`)
process.exit(failed.length || passed === 0 ? 1 : 0)
