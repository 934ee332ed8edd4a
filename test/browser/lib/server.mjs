// Starts the built hall on a free loopback port with a fresh data folder, as an outside program would.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(fileURLToPath(new URL('../../..', import.meta.url)))
export const binary = process.env.BALAI_BIN ?? join(root, 'bin/balai')

export async function freePort () {
  const s = createServer()
  await new Promise((ok, no) => s.once('error', no).listen(0, '127.0.0.1', ok))
  const { port } = s.address()
  await new Promise(ok => s.close(ok))
  return port
}

/** start runs `balai VERB` and returns { url, data, demo, stop, kill, log } once it says that it is ready. */
export async function start (verb = 'demo', args = [], { data, port, wait = 60000 } = {}) {
  if (!existsSync(binary)) throw new Error('bin/balai is not built: run make build')
  data ??= mkdtempSync(join(tmpdir(), 'balai-walk-'))
  port ??= await freePort()
  const began = performance.now()
  const child = spawn(binary, [verb, '--listen', `127.0.0.1:${port}`, '--data', data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  const ended = new Promise(ok => child.once('exit', (code, signal) => ok({ code, signal })))
  child.stderr.on('data', b => { log += b })
  await new Promise((ok, no) => {
    const late = setTimeout(() => { child.kill('SIGKILL'); no(new Error('never said "balai: ready"\n' + log)) }, wait)
    let out = ''
    child.stdout.on('data', b => {
      out += b
      if (/^balai: ready /m.test(out)) { clearTimeout(late); ok() }
    })
    ended.then(({ code }) => { clearTimeout(late); no(new Error(`balai ${verb} stopped with ${code}\n${log}${out}`)) })
  })
  const file = join(data, 'demo.json')
  return {
    url: `http://localhost:${port}`,
    port,
    data,
    pid: child.pid,
    readyMs: performance.now() - began,
    demo: existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {},
    log: () => log,
    async stop ({ keep = false } = {}) {
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), 10000)
      const end = await ended
      clearTimeout(late)
      if (!keep) rmSync(data, { recursive: true, force: true })
      return end
    },
    async kill () {
      child.kill('SIGKILL')
      return ended
    }
  }
}
