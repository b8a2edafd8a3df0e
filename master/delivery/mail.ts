import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { SendMailOptions } from 'nodemailer'
import { AppError } from '../../protocol/errors.ts'
import type { Recipient } from '../schedule/entry.ts'
import type { Attachment, Document } from './document.ts'
import { type DeliveryMessage, safeName } from './message.ts'

export type MailRecipient = Extract<Recipient, { readonly kind: 'mail' }>

const CONNECT_MS = 15_000
const SILENCE_MS = 60_000
const PAGE = 'text/html; charset=utf-8'
const LARGE_FILE = 1024 * 1024

/**
 * Sends a document as a mail: its text, HTML as an alternative, and the attachments. Addresses are passed as
 * structures, so that no text becomes a header. Returns the addresses that the server refused while it accepted others. TLS
 * with a verified certificate is enforced only with `tls: required`, the default when there is a password.
 */
export async function deliverByMail(
  recipient: MailRecipient,
  password: string | undefined,
  { id, at, document }: DeliveryMessage,
): Promise<readonly string[]> {
  const { host, port, tls, user, from, to } = recipient
  // Loaded on demand: most masters never send mail.
  const { createTransport } = await import('./mail-transport.ts')
  const transport = createTransport({
    host,
    port,
    secure: port === 465 && tls !== 'off',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    // Where plain text is acceptable, an unverified certificate is still better than none.
    tls: { rejectUnauthorized: tls === 'required', minVersion: 'TLSv1.2' },
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    // If only some addresses are refused, a retry would send the mail to the others again.
    const { rejected } = await transport.sendMail({
      from: { name: 'Saltern', address: from },
      to: to.map(address => ({ name: '', address })),
      subject: document.subject,
      date: at,
      // Stable across retries after a crash, so that a mail store can detect duplicates.
      messageId: `<${id}@${from.split('@')[1] ?? 'saltern'}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      text: document.text,
      ...bodyOf(document),
      attachments: await attachmentsOf(document),
    })
    return rejected
  } catch (cause) {
    throw failed(`${host}:${port}`, cause, password, user)
  } finally {
    transport.close()
  }
}

function bodyOf({ html, mail }: Document): { readonly html?: string } {
  const body = mail?.html ?? html
  return body === undefined ? {} : { html: body }
}

/** The pictures of the body, which it shows by their names, and the files, with the page if the body is another one. */
async function attachmentsOf({ html, mail, attachments }: Document): Promise<SendMailOptions['attachments']> {
  const page =
    html === undefined || mail === undefined ? [] : [{ name: mail.page, type: PAGE, bytes: Buffer.from(html) }]
  const pictures = (mail?.pictures ?? []).map(one => {
    return { ...mimePart(one), cid: one.name, contentDisposition: 'inline' as const }
  })
  return [...pictures, ...[...page, ...(await Promise.all(attachments.map(packed)))].map(mimePart)]
}

/** Compresses a large file: mail servers refuse mails above some 10 MB. */
async function packed(attachment: Attachment): Promise<Attachment> {
  const { name, bytes } = attachment
  if (bytes.length <= LARGE_FILE) return attachment
  return { name: `${safeName(name)}.gz`, type: 'application/gzip', bytes: await promisify(gzip)(bytes) }
}

function mimePart({ name, type, bytes }: Attachment) {
  return { filename: safeName(name), contentType: type, content: Buffer.from(bytes) }
}

function failed(server: string, cause: unknown, password: string | undefined, user: string | undefined): AppError {
  const said = cause instanceof Error ? cause.message : String(cause)
  return new AppError(
    {
      code: 'DELIVERY_FAILED',
      message: `the mail server ${server} did not accept it: ${withoutSecret(said, password, user)}`,
      hint: 'Check `smtp` under `deliver` in schedule.yml, and the log of the mail server.',
    },
    // With a password, no cause: the library keeps parts of the dialog, which must not be logged.
    password === undefined ? { cause } : {},
  )
}

/** Removes the password from text, because a server may echo it. Pure. */
function withoutSecret(text: string, password: string | undefined, user: string | undefined): string {
  if (password === undefined) return text
  const base64 = (clear: string): string => Buffer.from(clear).toString('base64')
  const forms = [password, base64(password), base64(`\0${user ?? ''}\0${password}`)]
  return forms.reduce((cleaned, form) => cleaned.replaceAll(form, '***'), text)
}
