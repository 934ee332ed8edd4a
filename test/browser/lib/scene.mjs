// Fills a demo with cases in every state, through the JSON contract only, so that pages have something to show.
import { Person, examples } from './api.mjs'

export const birth = 'jpn/birth-registration'
export const aid = 'jkm/child-aid'

/** officers of the demo, by what they do and where. */
export const officer = {
  check: { 'MY-03': 'off-kb-reg', 'MY-01': 'off-jb-reg', 'MY-12': 'off-kk-reg', 'MY-08': 'off-pk-reg', 'MY-02': 'off-kd-reg', 'MY-11': 'off-tg-reg' },
  decide: { 'MY-03': 'off-kb-asst', 'MY-01': 'off-jb-asst', 'MY-12': 'off-kk-asst', 'MY-08': 'off-pk-asst', 'MY-02': 'off-kd-asst', 'MY-11': 'off-tg-asst' },
  appeal: 'off-hq-appeal',
  welfare: { check: 'off-jkm-check', decide: 'off-jkm-decide' }
}

/** filledIn leaves a persona's draft of a birth registration with every question answered, and nothing sent. */
async function filledIn (server, id, births) {
  const person = await Person.as(server, id)
  const { answers } = births.find(e => e.person === id)
  const start = `/service/${birth}/apply`
  await person.want(303, 'GET', start)
  await person.want(303, 'POST', start + '/held', { form: {} })
  await person.want(303, 'POST', start + '/child-name', { form: answers })
}

/** protectedCase has an order of protection made for a case's applicant, and its officer ask to see what it hides. */
async function protectedCase (server, one) {
  const held = await one.person.want(200, 'GET', '/api/v1/me/held')
  const number = /"\d{6}-\d{2}-\d{4}"/.exec(JSON.stringify(held))[0].slice(1, -1)
  const shield = await Person.as(server, 'off-protect')
  await shield.want(303, 'POST', '/protection/new', { form: { id_number: number, kind: 'violence', court: 'EPO 12/2026', reason: 'Perintah perlindungan interim mahkamah.' } })
  const officer = await Person.as(server, 'off-jb-reg')
  await officer.want(303, 'POST', `/desk/${one.ref}/protected`, { form: { reason: 'Tempat lahir perlu disahkan dengan hospital.' } })
}

const made = new WeakMap()

/** scene sends what the personas can send and takes the officers' cases to different ends; once for a server. */
export function scene (server) {
  if (!made.has(server)) made.set(server, make(server))
  return made.get(server)
}

async function make (server) {
  const cases = {}
  const births = await examples(server, birth)
  const send = async id => {
    const example = births.find(e => e.person === id)
    if (!example) throw new Error(`no sample case of ${birth} for ${id}`)
    const person = await Person.as(server, id)
    const receipt = await person.apply(birth, example)
    cases[id] = { person, ref: receipt.ref, receipt, example }
    return cases[id]
  }
  // Decided at once: one is left issued, one is revoked.
  const issued = await send('aisyah')
  await issued.person.until(issued.ref, ['issued', 'closed'])
  const revoked = await send('mei-ling')
  await revoked.person.until(revoked.ref, ['issued', 'closed'])
  // An officer's case in each state.
  const pick = table => id => Person.as(server, table[id])
  const check = pick(officer.check)
  const decide = pick(officer.decide)

  const waiting = await send('norazlina') // late, Johor
  await (await check('MY-01')).act(waiting.ref, 'ask', { question: 'Mengapa kelahiran lewat didaftarkan?', due_in_days: 7 })

  const refused = await send('farah') // the notice does not match, Perak
  await (await check('MY-08')).act(refused.ref, 'check', { finding: 'not_in_order', note: 'Nama ibu berbeza.' })
  await (await decide('MY-08')).act(refused.ref, 'decide', { verdict: 'refuse', reasons: 'Nama ibu dalam notis hospital berbeza daripada daftar penduduk.' })
  refused.appeal = await refused.person.act(refused.ref, 'appeal', { grounds: 'Ejaan nama saya dibetulkan pada 2019.' })

  const deciding = await send('suria') // no notice, Terengganu
  await (await check('MY-11')).act(deciding.ref, 'check', { finding: 'in_order', note: 'Surat bidan diterima.' })

  const checking = await send('jennifer') // late in Sabah, left to the desk
  const withdrawn = await send('rosnah').catch(() => null)
  if (withdrawn && ['received', 'checking'].includes((await withdrawn.person.case(withdrawn.ref)).state)) {
    await withdrawn.person.act(withdrawn.ref, 'withdraw', { reason: 'Saya akan pergi ke kaunter.' })
  }
  // A refusal that nobody has appealed against yet, by the other agency's officers.
  const poor = await Person.as(server, 'punitha')
  const asks = (await examples(server, aid)).find(e => e.person === 'punitha')
  if (!asks) throw new Error(`no sample case of ${aid} for punitha`)
  cases.punitha = { person: poor, ref: (await poor.apply(aid, asks)).ref, example: asks }
  const welfare = { check: await Person.as(server, officer.welfare.check), decide: await Person.as(server, officer.welfare.decide) }
  await welfare.check.act(cases.punitha.ref, 'check', { finding: 'not_in_order', note: 'Pendapatan melebihi had.' })
  await welfare.decide.act(cases.punitha.ref, 'decide', { verdict: 'refuse', reasons: 'Pendapatan isi rumah melebihi had.' })

  await protectedCase(server, waiting)
  await filledIn(server, 'kavitha', births)
  return { cases, issued, revoked, waiting, refused, deciding, checking, withdrawn }
}
