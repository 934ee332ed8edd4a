// Runs the browser's judges: node test/browser/run.mjs [NAME...]. One line a test; exit 1 when one fails.
import { readdirSync } from 'node:fs'
import { launch } from './lib/browser.mjs'
import { start } from './lib/server.mjs'

const only = process.argv.slice(2)
const here = new URL('.', import.meta.url)
const files = readdirSync(here).filter(f => f.endsWith('.test.mjs')).sort()

for (const name of only) {
  if (files.includes(name + '.test.mjs')) continue
  console.log(`browser: there is no suite ${name}`)
  process.exit(2)
}

// Suites run two at a time: the stories beside those that wait for their one browser, and the pages, which keep two
// cores busy by themselves, at the end.
const rank = f => ({ 'story.test.mjs': 0, 'pages.test.mjs': 2 })[f] ?? 1
const queue = files.filter(f => !only.length || only.includes(f.replace('.test.mjs', '')))
  .sort((a, b) => rank(a) - rank(b))

let passed = 0
const failed = []
const lane = async () => {
  for (let file; (file = queue.shift());) {
    const suite = file.replace('.test.mjs', '')
    const tests = (await import(new URL(file, here))).default
    if (!Object.keys(tests).length) failed.push(`${suite}: it has no tests`)
    const browser = await launch() // of its own, as the focus is
    const server = await start() // each suite has a hall of its own
    try {
      for (const [name, test] of Object.entries(tests)) await one(suite, name, test, server, browser)
    } finally {
      await server.stop()
      await browser.close()
    }
  }
}
await Promise.all([lane(), lane()])

async function one (suite, name, test, server, browser) {
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
