// Notify's own client for Node.js, unmodified, against the hall: what an agency's system that speaks to GOV.UK Notify finds here.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { open } from './lib/browser.mjs'
import * as judge from './lib/judge.mjs'
import { good } from './lib/walk.mjs'

const { NotifyClient } = createRequire(import.meta.url)('notifications-node-client')

const appointment = { name: 'Aisyah', date: '1 Disember 2026', time: '9 pagi', place: 'JPN Kelantan', bring: ['Kad pengenalan', 'Gambar'] }

/** refused is what Notify's error document says, with its status. */
async function refused (call) {
  try {
    await call()
  } catch (e) {
    assert.ok(e.response, String(e))
    assert.equal(e.response.data.status_code, e.response.status)
    return `${e.response.status} ` + e.response.data.errors.map(x => `${x.error}: ${x.message}`).join('; ')
  }
  throw new assert.AssertionError({ message: 'it was accepted' })
}

/** ended asks until a notification moves no more. */
async function ended (client, id) {
  for (let i = 0; i < 300; i++) {
    const { data } = await client.getNotificationById(id)
    if (!['created', 'sending', 'accepted'].includes(data.status)) return data
    await new Promise(ok => setTimeout(ok, 100))
  }
  throw new Error(`${id} never ended`)
}

/** onePage is a PDF of one empty page. */
function onePage () {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>']
  let text = '%PDF-1.4\n'
  const at = objects.map((o, i) => { const here = text.length; text += `${i + 1} 0 obj\n${o}\nendobj\n`; return here })
  const xref = text.length
  text += `xref\n0 4\n0000000000 65535 f \n${at.map(n => String(n).padStart(10, '0') + ' 00000 n \n').join('')}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`
  return Buffer.from(text)
}

const clientOf = ({ server, demo }) => new NotifyClient(server.url, demo.notify.api_key)

export default {
  'an e-mail and a text message are sent, told of and listed': async c => {
    const { demo } = c
    const client = clientOf(c)
    const ids = demo.notify.template_ids
    const mail = await client.sendEmail(ids['appointment-email-en'], 'aisyah@contoh.example', { personalisation: appointment, reference: 'ref-mail' })
    assert.equal(mail.status, 201)
    assert.equal(mail.data.reference, 'ref-mail')
    assert.equal(mail.data.content.subject, 'Your appointment on 1 Disember 2026')
    assert.match(mail.data.content.body, /^Dear Aisyah,\n[^]*\n\* Kad pengenalan\n\* Gambar\n/)
    assert.equal(mail.data.template.id, ids['appointment-email-en'])
    assert.ok(mail.data.uri.endsWith('/v2/notifications/' + mail.data.id))
    const told = await ended(client, mail.data.id)
    assert.equal(told.status, 'delivered')
    assert.equal(told.email_address, 'aisyah@contoh.example')
    assert.equal(told.type, 'email')
    assert.ok(told.created_at <= told.sent_at && told.sent_at <= told.completed_at)

    const text = await client.sendSms(ids['appointment-sms'], '012-345 6789', { personalisation: appointment, reference: 'ref-text' })
    assert.equal(text.status, 201)
    assert.match(text.data.content.body, /^JPN: Temu janji anda pada 1 Disember 2026/)
    assert.equal((await ended(client, text.data.id)).phone_number, '012-345 6789')

    const list = (await client.getNotifications(undefined, undefined, 'ref-text')).data
    assert.deepEqual(list.notifications.map(n => n.id), [text.data.id])
    assert.equal((await client.getNotifications('email', 'delivered')).data.notifications[0].id, mail.data.id)
    assert.deepEqual((await client.getNotifications(undefined, undefined, undefined, mail.data.id)).data.notifications, [])
    assert.deepEqual((await client.getReceivedTexts()).data.received_text_messages, [])
  },

  'templates are read, by version too, and previewed': async c => {
    const client = clientOf(c)
    const ids = c.demo.notify.template_ids
    const all = (await client.getAllTemplates()).data.templates
    assert.deepEqual(all.map(t => t.id).sort(), Object.values(ids).sort())
    assert.ok((await client.getAllTemplates('sms')).data.templates.every(t => t.type === 'sms'))
    const one = (await client.getTemplateById(ids['appointment-email'])).data
    assert.equal(one.version, 1)
    assert.match(one.body, /\(\(name\)\)/)
    assert.deepEqual((await client.getTemplateByIdAndVersion(ids['appointment-email'], 1)).data, one)
    const seen = (await client.previewTemplateById(ids['appointment-email'], { ...appointment, name: '<script>' })).data
    assert.match(seen.html, /^<p>&lt;script&gt;,<\/p>/)
    assert.match(seen.subject, /^Temu janji anda pada/)
    const ready = { name: 'Aisyah', document: 'sijil', place: 'JPN Kelantan', until: '1 Disember', reference: 'JPN-1' }
    for (const proxy of [true, false]) {
      const { body } = (await client.previewTemplateById(ids['document-ready-email-en'], { ...ready, proxy })).data
      assert.equal(/your representative needs a letter/.test(body), proxy)
    }
    assert.match(await refused(() => client.getTemplateByIdAndVersion(ids['appointment-email'], 2)), /^404 NoResultFound/)
    assert.match(await refused(() => client.previewTemplateById(ids['appointment-sms'], {})), /^400 BadRequestError: Missing personalisation: date, time, place$/)
  },

  'letters go to the post, of a template and as a file, and are seen': async c => {
    const client = clientOf(c)
    const ids = c.demo.notify.template_ids
    const address = { address_line_1: 'Aisyah binti Ramli', address_line_2: 'No. 1, Jalan Melur', address_line_3: '15400 Kota Bharu' }
    const values = { ...address, reference: 'JPN-1', date: '1 Disember 2026', decision: 'diluluskan' }
    const { status, data } = await client.sendLetter(ids['decision-letter'], { personalisation: values, reference: 'ref-letter' })
    assert.equal(status, 201)
    assert.equal(data.content.subject, 'Permohonan JPN-1')
    const told = (await client.getNotificationById(data.id)).data
    assert.equal(told.status, 'accepted')
    assert.deepEqual([told.line_1, told.line_3, told.postcode], ['Aisyah binti Ramli', '15400 Kota Bharu', '15400'])
    assert.equal((await client.getPdfForLetterNotification(data.id)).subarray(0, 5).toString(), '%PDF-')

    const file = await client.sendPrecompiledLetter('ref-file', onePage(), 'second')
    assert.equal(file.status, 201)
    assert.deepEqual([file.data.reference, file.data.postage], ['ref-file', 'second'])
    assert.deepEqual(await client.getPdfForLetterNotification(file.data.id), onePage())

    assert.equal(await refused(() => client.sendPrecompiledLetter('ref', Buffer.from('<html>'))), '400 BadRequestError: Letter content is not a valid PDF')
    assert.equal(await refused(() => client.sendLetter(ids['decision-letter'], { personalisation: { ...values, address_line_1: undefined } })),
      '400 ValidationError: personalisation address_line_1 is a required property')
    assert.equal(await refused(() => client.sendLetter(ids['decision-letter'], { personalisation: { ...values, address_line_3: 'Atlantis' } })),
      '400 ValidationError: Must be a real Malaysian postcode')
    const mail = await client.sendEmail(ids['appointment-email'], 'aisyah@contoh.example', { personalisation: appointment })
    assert.equal(await refused(() => client.getPdfForLetterNotification(mail.data.id)), '400 BadRequestError: Notification is not a letter')
  },

  'a file is fetched from the hall by its receiver': async c => {
    const client = clientOf(c)
    const values = { name: 'Aisyah', document: 'sijil', link_to_file: client.prepareUpload(onePage(), { filename: 'sijil.pdf', retentionPeriod: '4 weeks' }) }
    const { status, data } = await client.sendEmail(c.demo.notify.template_ids['document-file-email-en'], 'aisyah@contoh.example', { personalisation: values })
    assert.equal(status, 201)
    const [link] = /http:\/\/\S+\/file\/\S+/.exec(data.content.body)
    const context = await open(c.browser, c.server, { lang: 'ms', width: 320 })
    const page = await context.newPage()
    await page.goto(link)
    await page.fill('#email', 'lain@contoh.example')
    await page.click('main button')
    await good(page, 'ms')
    assert.deepEqual(await judge.accessible(page), [])
    await page.goto(link + '?lang=en')
    await good(page, 'en')
    await page.fill('#email', 'aisyah@contoh.example')
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('main button')])
    assert.equal(file.suggestedFilename(), 'sijil.pdf')
    await context.close()
    values.link_to_file = client.prepareUpload('<html>', { filename: 'page.html' })
    assert.match(await refused(() => client.sendEmail(c.demo.notify.template_ids['document-file-email'], 'aisyah@contoh.example', { personalisation: values })),
      /^400 BadRequestError: Unsupported file type 'html'/)
  },

  'what is wrong is told in Notify\'s words': async c => {
    const client = clientOf(c)
    const ids = c.demo.notify.template_ids
    const good = { personalisation: appointment }
    assert.equal(await refused(() => client.sendEmail(ids['appointment-email'], 'aisyah', good)), '400 ValidationError: email_address Not a valid email address')
    assert.equal(await refused(() => client.sendSms(ids['appointment-sms'], '012', good)), '400 ValidationError: phone_number Not enough digits')
    assert.equal(await refused(() => client.sendSms(ids['appointment-email'], '0123456789', good)), '400 BadRequestError: email template is not suitable for sms notification')
    assert.equal(await refused(() => client.sendEmail('not-a-uuid', 'a@contoh.example', good)), '400 ValidationError: template_id is not a valid UUID')
    assert.equal(await refused(() => client.sendEmail(c.demo.notify.service_id, 'a@contoh.example', good)), '400 BadRequestError: Template not found')
    assert.equal(await refused(() => client.getNotificationById(c.demo.notify.service_id)), '404 NoResultFound: No result found')
  },

  'a wrong key is refused in Notify\'s words': async ({ server, demo }) => {
    const key = demo.notify.api_key
    const other = key.slice(0, -36) + '00000000-0000-4000-8000-000000000000'
    assert.equal(await refused(() => new NotifyClient(server.url, other).getAllTemplates()), '403 AuthError: Invalid token: API key not found')
    const nobody = 'demo-00000000-0000-4000-8000-000000000000-' + key.slice(-36)
    assert.equal(await refused(() => new NotifyClient(server.url, nobody).getAllTemplates()), '403 AuthError: Invalid token: service not found')
    const bare = await fetch(server.url + '/v2/templates')
    assert.equal(bare.status, 401)
    assert.deepEqual(await bare.json(), { status_code: 401, errors: [{ error: 'AuthError', message: 'Unauthorized: authentication token must be provided' }] })
  }
}
