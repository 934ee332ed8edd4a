// Certified clients, unmodified, against the hall's OpenID providers: openid-client signs people in, oauth4webapi and
// jose forge what must be refused.
import assert from 'node:assert/strict'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'
import { open } from './lib/browser.mjs'

/** A Person is a browser's cookies and nothing else: what a page needs to be answered without one. */
class Person {
  constructor (base) { this.base = base; this.jar = new Map() }

  async fetch (url, form) {
    const res = await fetch(url, {
      method: form ? 'POST' : 'GET', redirect: 'manual', body: form,
      headers: { cookie: [...this.jar].map(([k, v]) => `${k}=${v}`).join('; '), ...(form && { origin: new URL(url).origin }) }
    })
    for (const line of res.headers.getSetCookie()) {
      const [k, v] = line.split(';')[0].split(/=(.*)/s)
      this.jar.set(k, v)
    }
    return res
  }

  async signIn (id) {
    const res = await this.fetch(this.base + '/demo/sign-in', new URLSearchParams({ as: id }))
    assert.equal(res.status, 303)
    return this
  }

  /** says answers the page of a request, if there is one, and gives the address with which the program is called back. */
  async says (decision, url, back, more = {}) {
    for (let hops = 0; hops < 8; hops++) {
      let res = await this.fetch(url)
      if (res.status === 200) {
        const text = await res.text()
        const page = text.match(/action="([^"]*\/oidc\/authorize\/[^"]*)"/)
        const asked = text.match(/name="asked" value="([^"]*)"/) // whom the page asks; the sandbox asks anybody
        assert.ok(page, 'there is no question on the page at ' + url)
        res = await this.fetch(new URL(page[1], url).href, new URLSearchParams({ decision, ...(asked && { asked: asked[1] }), ...more }))
      }
      assert.equal(res.status, 303, `${res.status} at ${url}`)
      url = new URL(res.headers.get('location'), url)
      if (url.href.startsWith(back)) return url
    }
    throw new Error('never called back')
  }
}

/** A citizens' program, as demo.json describes it. */
async function program ({ demo }, issuer = demo.issuer) {
  const me = demo.oidc.citizen_client
  const key = await jose.importJWK(me.jwk, me.jwk.alg)
  const sign = oidc.PrivateKeyJwt({ key, kid: me.jwk.kid }, { [oidc.modifyAssertion]: (_, p) => { p.aud = issuer } })
  const config = await oidc.discovery(new URL(issuer), me.client_id, undefined, sign, { execute: [oidc.allowInsecureRequests] })
  return { me, key, config, dpop: oidc.getDPoPHandle(config, await oidc.randomDPoPKeyPair('ES256')), back: me.redirect_uris[0] }
}

async function signIn (p, person, tweak = {}, more = {}) {
  const verifier = oidc.randomPKCECodeVerifier()
  const check = { pkceCodeVerifier: verifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce(), idTokenExpected: true }
  const url = await oidc.buildAuthorizationUrlWithPAR(p.config, {
    redirect_uri: p.back, scope: p.me.scope, state: check.expectedState, nonce: check.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...tweak
  }, { DPoP: p.dpop })
  const called = await person.says('allow', url, p.back, more)
  return { called, check, tokens: () => oidc.authorizationCodeGrant(p.config, called, check, undefined, { DPoP: p.dpop }) }
}

const looks = async (person) => (await (await person.fetch(person.base + '/me/looks?lang=en')).text())

export default {
  'openid-client: sign-in, details, refresh, sign-out at FAPI 2.0': async c => {
    const p = await program(c)
    const person = await new Person(c.server.url).signIn('faridah')
    const { called, tokens } = await signIn(p, person)
    assert.equal(called.searchParams.get('iss'), c.demo.issuer)
    const t = await tokens()
    assert.equal(t.token_type, 'dpop')
    assert.match(t.claims().acr, /^urn:balai:acr:i[0-3]a2$/)
    const u = await oidc.fetchUserInfo(p.config, t.access_token, t.claims().sub, { DPoP: p.dpop })
    assert.equal(u.name, c.demo.persons.find(x => x.id === 'faridah').name)
    assert.match(u.birthdate, /^\d{4}-\d\d-\d\d$/)
    assert.ok(!JSON.stringify([{ ...u, email: '' }, t.claims()]).includes('faridah'))
    assert.match(await looks(person), /Digital Licence \([^)]+\)\. Shared [^:]+: name and gender, date of birth, e-mail address/)
    const again = await oidc.refreshTokenGrant(p.config, t.refresh_token, undefined, { DPoP: p.dpop })
    assert.equal(again.claims().sub, t.claims().sub)
    const told = await oidc.tokenIntrospection(p.config, again.access_token)
    assert.equal(told.active, true)
    assert.equal(told.sub, t.claims().sub)
    const out = oidc.buildEndSessionUrl(p.config, { id_token_hint: t.id_token, post_logout_redirect_uri: 'http://127.0.0.1:9999/out', state: 's' })
    const res = await person.fetch(out.href)
    assert.equal(res.headers.get('location'), 'http://127.0.0.1:9999/out?state=s')
    assert.equal((await oidc.tokenIntrospection(p.config, again.access_token)).active, false)
    assert.equal((await person.fetch(c.server.url + '/me')).status, 303)
  },

  'openid-client: the same person is two strangers to two sectors, and a code is good once': async c => {
    const p = await program(c)
    const person = await new Person(c.server.url).signIn('aisyah')
    const first = await signIn(p, person)
    const one = await first.tokens()
    const other = await new Person(c.server.url).signIn('azlan')
    const two = await (await signIn(p, other)).tokens()
    assert.notEqual(one.claims().sub, two.claims().sub)
    await assert.rejects(first.tokens(), { error: 'invalid_grant' })
    const no = await signIn(p, person, { prompt: 'consent' }).then(x => x.called)
    assert.ok(no.searchParams.get('code'))
  },

  'openid-client: a call centre asks by telephone, and its person says yes to the same words': async c => {
    const p = await program(c)
    const person = await new Person(c.server.url).signIn('aisyah')
    const ask = number => oidc.initiateBackchannelAuthentication(p.config, { scope: 'openid profile', login_hint: number, binding_message: 'Ikan 42' })
    const known = await ask('940312-00-5038')
    assert.deepEqual(Object.keys(await ask('000000-00-0000')).sort(), Object.keys(known).sort())
    const page = await (await person.fetch(c.server.url + '/me/calls?lang=en')).text()
    assert.match(page, /Digital Licence[^]*Ikan 42/)
    const at = page.match(/action="(\/me\/calls\/[^"]+)"/)[1]
    assert.equal((await person.fetch(c.server.url + at, new URLSearchParams({ decision: 'allow' }))).headers.get('location'), '/me/calls?done=yes')
    const t = await oidc.pollBackchannelAuthenticationGrant(p.config, known, undefined, { DPoP: p.dpop })
    const u = await oidc.fetchUserInfo(p.config, t.access_token, t.claims().sub, { DPoP: p.dpop })
    assert.equal(u.name, c.demo.persons.find(x => x.id === 'aisyah').name)
    assert.ok(!('birthdate' in u))
  },

  'oauth4webapi and jose: what is forged is refused with the standard\'s own code': async c => {
    const issuer = new URL(c.demo.issuer)
    const loose = { [oauth.allowInsecureRequests]: true }
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, loose)).catch(e => { throw new Error(e.message) })
    const me = c.demo.oidc.citizen_client
    const client = { client_id: me.client_id }
    const key = await jose.importJWK(me.jwk, me.jwk.alg)
    const auth = tweak => oauth.PrivateKeyJwt({ key, kid: me.jwk.kid }, { [oauth.modifyAssertion]: (_, p) => { p.aud = as.issuer; tweak?.(p) } })
    const dpop = async (pair) => oauth.DPoP(client, pair ?? await oauth.generateKeyPair('ES256', { extractable: true }))
    const machine = async (tweak, proof) => {
      const res = await oauth.clientCredentialsGrantRequest(as, client, auth(tweak), { scope: 'machine' }, { ...loose, DPoP: proof ?? await dpop() })
      return oauth.processClientCredentialsResponse(as, client, res)
    }
    assert.equal((await machine()).token_type, 'dpop')
    const refused = async (name, code, f) => {
      const e = await f().then(() => null, x => x)
      assert.ok(e, 'accepted: ' + name)
      assert.ok((e.error ?? '') === code || e.cause?.some?.(x => x.parameters?.error === code), `${name}: ${e.error} ${e.message}`)
    }
    await refused('aud of the token endpoint', 'invalid_client', () => machine(p => { p.aud = as.token_endpoint }))
    await refused('aud in a list of two', 'invalid_client', () => machine(p => { p.aud = [as.issuer, as.token_endpoint] }))
    await refused('assertion of yesterday', 'invalid_client', () => machine(p => { p.exp = p.iat - 86400 }))
    await refused('assertion of somebody else', 'invalid_client', () => machine(p => { p.sub = 'somebody' }))
    const jti = 'once-' + Math.random()
    await machine(p => { p.jti = jti })
    await assert.rejects(machine(p => { p.jti = jti }), 'an assertion twice')
    // Each forged proof is sent by hand: the library makes only good ones.
    const pair = await jose.generateKeyPair('ES256', { extractable: true })
    const jwk = await jose.exportJWK(pair.publicKey)
    const assertion = () => new jose.SignJWT({}).setProtectedHeader({ alg: me.jwk.alg, kid: me.jwk.kid }).setIssuer(me.client_id).setSubject(me.client_id)
      .setAudience(as.issuer).setJti(crypto.randomUUID()).setIssuedAt().setExpirationTime('60s').sign(key)
    const proof = (claims = {}, header = {}) => new jose.SignJWT({ htm: 'POST', htu: as.token_endpoint, jti: crypto.randomUUID(), iat: Math.floor(Date.now() / 1000), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header }).sign(pair.privateKey)
    const token = async (form, header) => fetch(as.token_endpoint, {
      method: 'POST', headers: { dpop: header },
      body: new URLSearchParams({ client_assertion: await assertion(), client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', ...form })
    })
    const grant = { grant_type: 'client_credentials', scope: 'machine' }
    assert.equal((await token(grant, await proof())).status, 200)
    for (const [name, header] of Object.entries({
      'another method': await proof({ htm: 'GET' }), 'another address': await proof({ htu: as.issuer + '/elsewhere' }),
      'long ago': await proof({ iat: 1 }), 'another type': await proof({}, { typ: 'JWT' }), 'a private key inside': await proof({}, { jwk: await jose.exportJWK(pair.privateKey) })
    })) {
      const res = await token(grant, header)
      assert.ok(res.status === 400 || res.status === 401, `a proof of ${name}: ${res.status}`)
      assert.ok((await res.json()).error)
    }
    const once = await proof()
    assert.equal((await token(grant, once)).status, 200)
    assert.notEqual((await token(grant, once)).status, 200, 'a proof twice')
    // A code with another key, another verifier, another address; a request without being pushed.
    const p = await program(c)
    const person = await new Person(c.server.url).signIn('aisyah')
    const thief = { ...p, dpop: oidc.getDPoPHandle(p.config, await oidc.randomDPoPKeyPair('ES256')) }
    const a = await signIn(p, person)
    await assert.rejects(oidc.authorizationCodeGrant(p.config, a.called, a.check, undefined, { DPoP: thief.dpop }), 'another key')
    const b = await signIn(p, person)
    await assert.rejects(oidc.authorizationCodeGrant(p.config, b.called, { ...b.check, pkceCodeVerifier: oidc.randomPKCECodeVerifier() }, undefined, { DPoP: p.dpop }), { error: 'invalid_grant' })
    await assert.rejects(signIn(p, person, { redirect_uri: 'http://127.0.0.1:9998/cb' }), 'another address')
    const bare = oidc.buildAuthorizationUrl(p.config, { redirect_uri: p.back, scope: 'openid', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' })
    const res = await person.fetch(bare.href)
    assert.ok(res.status >= 400 && res.status < 500 && !res.headers.get('location'), 'not pushed')
  },

  'openid-client: staff of the agency sign in to bought software, nobody else': async c => {
    const me = c.demo.oidc.staff_client
    const config = await oidc.discovery(new URL(c.demo.staff_issuer), me.client_id, me.client_secret, undefined, { execute: [oidc.allowInsecureRequests] })
    const go = async (person) => {
      const verifier = oidc.randomPKCECodeVerifier()
      const state = oidc.randomState()
      const url = oidc.buildAuthorizationUrl(config, { redirect_uri: me.redirect_uris[0], scope: me.scope, state, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' })
      const called = await person.says('allow', url, me.redirect_uris[0])
      return { called, tokens: (how = config) => oidc.authorizationCodeGrant(how, called, { pkceCodeVerifier: verifier, expectedState: state }) }
    }
    const officer = c.demo.officers.find(o => o.agency === 'jpn')
    assert.ok(officer, 'the demo has no officer of the agency')
    const t = await (await go(await new Person(c.server.url).signIn(officer.id))).tokens()
    const u = await oidc.fetchUserInfo(config, t.access_token, t.claims().sub)
    assert.equal(u.agency, 'jpn')
    assert.equal(u.post, officer.post)
    assert.ok(!('birthdate' in u) && !('address' in u))
    const basic = await oidc.discovery(new URL(c.demo.staff_issuer), me.client_id, undefined, oidc.ClientSecretBasic(me.client_secret), { execute: [oidc.allowInsecureRequests] })
    assert.ok((await (await go(await new Person(c.server.url).signIn(officer.id))).tokens(basic)).access_token)
    const wrong = await oidc.discovery(new URL(c.demo.staff_issuer), me.client_id, 'wrong', undefined, { execute: [oidc.allowInsecureRequests] })
    await assert.rejects((await go(await new Person(c.server.url).signIn(officer.id))).tokens(wrong), { error: 'invalid_client' })
    assert.equal((await go(await new Person(c.server.url).signIn('aisyah'))).called.searchParams.get('error'), 'access_denied')
  }
}
