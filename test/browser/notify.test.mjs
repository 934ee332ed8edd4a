// Notify's own client for Node.js, unmodified, against the hall: what an agency's system that speaks to GOV.UK Notify finds here.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const { NotifyClient } = createRequire(import.meta.url)('notifications-node-client')

const appointment = { name: 'Aisyah', date: '1 Disember 2026', time: '9 pagi', place: 'JPN Kelantan', bring: ['Kad pengenalan', 'Gambar'], online: true }

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
    assert.match(mail.data.content.body, /^Dear Aisyah,\n[^]*\n\* Kad pengenalan\n\* Gambar\n[^]*You can also do this online\./)
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
    assert.match(await refused(() => client.getTemplateByIdAndVersion(ids['appointment-email'], 2)), /^404 NoResultFound/)
    assert.match(await refused(() => client.previewTemplateById(ids['appointment-sms'], {})), /^400 BadRequestError: Missing personalisation: date, time, place$/)
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
