import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { deliverByMail, type MailRecipient } from '../../../master/delivery/mail.ts'
import { createMasterIdentity } from '../../../master/keys/master-identity.ts'
import { DOCUMENT, messageOf, text } from './messages.ts'
import { decodedWords, parseMime } from './mime.ts'
import { openSmtpSink, type SinkOptions, type SmtpSink } from './smtp-sink.ts'

async function sinkOf(options: SinkOptions = {}): Promise<SmtpSink> {
  const sink = await openSmtpSink(options)
  onTestFinished(() => sink.close())
  return sink
}

function recipientOf(sink: SmtpSink, more: Partial<MailRecipient> = {}): MailRecipient {
  const to = ['ops@example.org', 'lead@example.org']
  return { kind: 'mail', to, from: 'saltern@example.org', host: '127.0.0.1', port: sink.port, tls: 'offered', ...more }
}

/** A key and certificate that no authority has signed. */
async function selfSigned() {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-mail-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  const { tls } = await createMasterIdentity(directory, 'fleet-mail', { now: Date.now(), random })
  return tls
}

it('a mail arrives complete, with text, page, attachments and non-ASCII characters', async () => {
  const sink = await sinkOf()
  await deliverByMail(recipientOf(sink), undefined, messageOf())

  const [mail] = sink.mails
  expect(mail).toMatchObject({ from: 'saltern@example.org', to: ['ops@example.org', 'lead@example.org'], tls: false })
  const message = parseMime(mail?.raw ?? '')
  expect(decodedWords(message.headers.get('subject') ?? '')).toBe(DOCUMENT.subject)
  expect(message.headers.get('message-id')).toBe('<delivery-01jd0000000000000000007k2m@example.org>')
  expect(message.headers.get('auto-submitted')).toBe('auto-generated')
  expect(message.headers.get('date')).toBe('Sat, 21 Nov 2026 03:00:00 +0000')
  const [alternatives, csv, odd] = message.parts
  expect(alternatives?.type).toBe('multipart/alternative')
  expect(alternatives?.parts.map(({ type }) => type)).toEqual(['text/plain', 'text/html'])
  expect(alternatives?.parts.map(({ bytes }) => text(bytes).replaceAll('\r\n', '\n'))).toEqual([
    DOCUMENT.text,
    DOCUMENT.html,
  ])
  expect(text(csv?.bytes ?? new Uint8Array())).toBe('minion,state\ndb1,drifted\n')
  expect(csv?.headers.get('content-disposition')).toBe('attachment; filename=report.csv')
  expect(odd?.bytes).toEqual(DOCUMENT.attachments[1]?.bytes)
  expect(odd?.headers.get('content-disposition')).toBe('attachment; filename=etc-passwd')
})

it('a mail with a body of its own shows its pictures in that body and has the page as an attachment', async () => {
  const sink = await sinkOf()
  const picture = { name: 'trend.png', type: 'image/png', bytes: Uint8Array.of(137, 80, 78, 71) }
  const mail = { html: '<p>98 % <img src="cid:trend.png"></p>', pictures: [picture], page: 'compliance.html' }
  await deliverByMail(recipientOf(sink), undefined, messageOf({ ...DOCUMENT, mail }))

  const [alternatives, page, csv] = parseMime(sink.mails[0]?.raw ?? '').parts
  expect(alternatives?.parts.map(({ type }) => type)).toEqual(['text/plain', 'multipart/related'])
  const [body, image] = alternatives?.parts[1]?.parts ?? []
  expect(text(body?.bytes ?? new Uint8Array())).toBe(mail.html)
  expect([image?.headers.get('content-id'), image?.headers.get('content-disposition')]).toEqual([
    '<trend.png>',
    'inline; filename=trend.png',
  ])
  expect(image?.bytes).toEqual(picture.bytes)
  expect(page?.headers.get('content-disposition')).toBe('attachment; filename=compliance.html')
  expect(text(page?.bytes ?? new Uint8Array())).toBe(DOCUMENT.html)
  expect(csv?.type).toBe('text/csv')
})

it('a mail has a large file compressed, and a small one as it is', async () => {
  const sink = await sinkOf()
  const large = Buffer.from('[{"minion":"db1"}]'.repeat(100_000))
  const attachments = [{ name: 'report.json', type: 'application/json', bytes: large }, ...DOCUMENT.attachments]
  await deliverByMail(recipientOf(sink), undefined, messageOf({ ...DOCUMENT, attachments }))

  const [, packed, csv] = parseMime(sink.mails[0]?.raw ?? '').parts
  expect([packed?.type, packed?.headers.get('content-disposition')]).toEqual([
    'application/gzip',
    'attachment; filename=report.json.gz',
  ])
  expect(gunzipSync(packed?.bytes ?? new Uint8Array()).equals(large)).toBe(true)
  expect(csv?.type).toBe('text/csv')
})

it('a mail subject with newlines cannot add headers', async () => {
  const sink = await sinkOf()
  const subject = 'fine\r\nBcc: thief@example.net\r\n\r\nbody'
  await deliverByMail(recipientOf(sink), undefined, messageOf({ subject, text: 'x', attachments: [] }))

  expect(sink.mails[0]?.to).toEqual(['ops@example.org', 'lead@example.org'])
  expect(parseMime(sink.mails[0]?.raw ?? '').headers.has('bcc')).toBe(false)
})

it('mail delivery uses TLS if the server offers it', async () => {
  const sink = await sinkOf({ tls: await selfSigned() })
  await deliverByMail(recipientOf(sink), undefined, messageOf())

  expect(sink.mails[0]?.tls).toBe(true)
})

it('mail delivery fails before authentication if TLS is required and not offered', async () => {
  const sink = await sinkOf({ auth: true })
  const recipient = recipientOf(sink, { tls: 'required', user: 'saltern', passwordSecret: 'mail.password' })

  await expect(deliverByMail(recipient, 'hunter2-hunter2', messageOf())).rejects.toMatchObject({
    code: 'DELIVERY_FAILED',
  })
  expect(sink.said.join('\n')).not.toMatch(/AUTH/i)
})

it('mail delivery with required TLS rejects an untrusted certificate', async () => {
  const sink = await sinkOf({ auth: true, tls: await selfSigned() })
  const recipient = recipientOf(sink, { tls: 'required', user: 'saltern', passwordSecret: 'mail.password' })

  await expect(deliverByMail(recipient, 'hunter2-hunter2', messageOf())).rejects.toThrow(/certificate/)
  expect(sink.said.join('\n')).not.toMatch(/AUTH/i)
})

it('mail delivery can disable TLS, for a server on the same host', async () => {
  const sink = await sinkOf({ auth: true, tls: await selfSigned() })
  const recipient = recipientOf(sink, { tls: 'off', user: 'saltern', passwordSecret: 'mail.password' })
  await deliverByMail(recipient, 'hunter2-hunter2', messageOf())

  expect(sink.mails[0]).toMatchObject({ tls: false, login: { user: 'saltern', password: 'hunter2-hunter2' } })
})

it('a failed mail delivery never shows the password, even if the server repeats it', async () => {
  const sink = await sinkOf({ auth: true, authAnswer: '535 you said % and that is wrong' })
  const recipient = recipientOf(sink, { tls: 'off', user: 'saltern', passwordSecret: 'mail.password' })
  const failed: unknown = await deliverByMail(recipient, 'hunter2-hunter2', messageOf()).catch(
    (error: unknown) => error,
  )

  expect(String(failed)).toContain('and that is wrong')
  const shown = JSON.stringify(failed) + String(failed) + String((failed as Error).cause)
  expect(shown).not.toContain('hunter2')
  expect(shown).not.toContain(Buffer.from('\0saltern\0hunter2-hunter2').toString('base64'))
})

it('a mail that is accepted for some recipients reports only the refused ones', async () => {
  const sink = await sinkOf({ unknown: 'lead@example.org' })

  expect(await deliverByMail(recipientOf(sink), undefined, messageOf())).toEqual(['lead@example.org'])
  expect(sink.mails).toMatchObject([{ to: ['ops@example.org'] }])
})

it('a failed mail delivery names the server that did not answer', async () => {
  const sink = await openSmtpSink()
  await sink.close()

  await expect(deliverByMail(recipientOf(sink), undefined, messageOf())).rejects.toThrow(
    `the mail server 127.0.0.1:${sink.port} did not accept it: `,
  )
})
