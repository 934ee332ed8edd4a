// The hall's JSON as an outside program calls it: one signed-in person each.
import { randomUUID } from 'node:crypto'

export class Person {
  constructor (server, id = null) {
    this.server = server
    this.id = id
    this.cookies = new Map()
  }

  /** as signs a demo person in. */
  static async as (server, id) {
    const p = new Person(server, id)
    const r = await p.send('POST', '/demo/sign-in', { form: { as: id } })
    if (r.status !== 303) throw new Error(`demo sign-in as ${id}: ${r.status}`)
    return p
  }

  /** send returns { status, body, text, headers, url } and never follows a redirect. */
  async send (method, path, { json, form, headers = {} } = {}) {
    const h = { ...headers, cookie: [...this.cookies].map(([k, v]) => `${k}=${v}`).join('; ') }
    let body
    if (json !== undefined) { body = JSON.stringify(json); h['content-type'] = 'application/json' }
    if (form !== undefined) { body = new URLSearchParams(form).toString(); h['content-type'] = 'application/x-www-form-urlencoded'; h.origin = this.server.url }
    const r = await fetch(this.server.url + path, { method, body, headers: h, redirect: 'manual' })
    for (const line of r.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      if (value) this.cookies.set(name, value); else this.cookies.delete(name)
    }
    const bytes = Buffer.from(await r.arrayBuffer())
    const text = bytes.toString('utf8')
    let parsed = null
    if (/json/.test(r.headers.get('content-type') ?? '')) parsed = JSON.parse(text)
    return { status: r.status, body: parsed, text, bytes, headers: r.headers, url: this.server.url + path }
  }

  get (path, more) { return this.send('GET', path, more) }

  post (path, json, headers) { return this.send('POST', path, { json, headers }) }

  /** want sends and insists on a status. */
  async want (status, method, path, more) {
    const r = await this.send(method, path, more)
    if (r.status !== status) throw new Error(`${this.id ?? 'nobody'}: ${method} ${path}: ${r.status}, not ${status}: ${r.text.slice(0, 400)}`)
    return r.body
  }

  /** apply sends a sample case of a service and returns the receipt. */
  async apply (service, example, key = randomUUID()) {
    return this.want(201, 'POST', `/api/v1/services/${service}/applications`, {
      json: { answers: example.answers ?? {}, facts_accepted: example.facts_accepted ?? [], files: example.files ?? {} },
      headers: { 'idempotency-key': key }
    })
  }

  case (ref) { return this.want(200, 'GET', `/api/v1/cases/${ref}`) }

  /** act does one act of a case at the version that stands now. */
  async act (ref, verb, input = {}, version) {
    version ??= (await this.case(ref)).version
    const r = await this.send('POST', `/api/v1/cases/${ref}/${verb}`, { json: { version, ...input } })
    if (r.status >= 300) throw new Error(`${this.id}: ${verb} ${ref}: ${r.status}: ${r.text.slice(0, 400)}`)
    return r.body
  }

  /** until waits for a case to reach one of the states; the deadline is the contract's minute. */
  async until (ref, states, ms = 60000) {
    const end = performance.now() + ms
    for (;;) {
      const c = await this.case(ref)
      if (states.includes(c.state)) return c
      if (performance.now() > end) throw new Error(`${ref} is ${c.state}, not ${states.join(' or ')}, after ${ms / 1000} s`)
      await new Promise(ok => setTimeout(ok, 100))
    }
  }
}

/** examples are a service's sample cases that a persona can really send. */
export async function examples (server, service) {
  const body = await new Person(server).want(200, 'GET', `/api/v1/services/${service}`)
  return (body.examples ?? []).filter(e => e.person)
}
