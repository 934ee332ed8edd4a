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
try {
  for (const file of files) {
    const suite = file.replace('.test.mjs', '')
    if (only.length && !only.includes(suite)) continue
    const tests = (await import(new URL(file, here))).default
    const server = await start() // each suite has a hall of its own
    try {
      for (const [name, test] of Object.entries(tests)) await one(suite, name, test, server)
    } finally {
      await server.stop()
    }
  }
} finally {
  await browser.close()
}

async function one (suite, name, test, server) {
  const began = performance.now()
  const took = () => `${((performance.now() - began) / 1000).toFixed(1)} s`
  try {
    await test({ browser, server, demo: server.demo })
    passed++
    console.log(`ok    ${suite}: ${name} (${took()})`)
  } catch (e) {
    failed.push(`${suite}: ${name}`)
    console.log(`FAIL  ${suite}: ${name} (${took()})\n      ${String(e.stack ?? e).split('\n').slice(0, 80).join('\n      ')}`)
  }
}

for (const f of failed) console.log('failed: ' + f)
console.log(`browser: ${passed} passed, ${failed.length} failed`)
process.exit(failed.length || passed === 0 ? 1 : 0)
