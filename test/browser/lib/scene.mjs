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
  return { cases, issued, revoked, waiting, refused, deciding, checking, withdrawn }
}
