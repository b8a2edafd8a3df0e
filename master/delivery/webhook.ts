import { createHmac } from 'node:crypto'
import type { RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { AppError } from '../../protocol/errors.ts'
import type { Recipient } from '../schedule/entry.ts'
import { type DeliveryMessage, safeName } from './message.ts'

/** Not imported: see the client of the API. */
const { request: requestHttp } = process.getBuiltinModule('node:http')

export type WebhookRecipient = Extract<Recipient, { readonly kind: 'webhook' }>

/** Limit for the body of one request. */
export const WEBHOOK_BYTES = 16 * 1024 * 1024
const WHOLE_MS = 30_000

/**
 * Posts a document as JSON. With a secret, the request is signed in the format of Standard Webhooks (`webhook-id`,
 * `webhook-timestamp`, `webhook-signature`) and in our older one: `x-saltern-signature` is `sha256=` and the hexadecimal
 * HMAC-SHA-256 over `<x-saltern-timestamp>.<body>`. A redirect is a failure, because the report must go only to the configured
 * URL.
 */
export async function deliverToWebhook(
  { url }: WebhookRecipient,
  secret: string | undefined,
  message: DeliveryMessage,
  { nowMs, wholeMs = WHOLE_MS }: { readonly nowMs: number; readonly wholeMs?: number },
): Promise<void> {
  const body = Buffer.from(bodyOf(message))
  if (body.length > WEBHOOK_BYTES) {
    throw new AppError({
      code: 'DOCUMENT_TOO_LARGE',
      message: `a webhook accepts at most ${WEBHOOK_BYTES} bytes, the document has ${body.length}`,
      hint: 'Choose a narrower target, or deliver a file.',
    })
  }
  const timestamp = String(Math.floor(nowMs / 1000))
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'saltern',
    'x-saltern-delivery': message.id,
    'x-saltern-timestamp': timestamp,
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    ...(secret === undefined
      ? {}
      : {
          'x-saltern-signature': signatureOf(secret, timestamp, body),
          'webhook-signature': standardSignatureOf(secret, message.id, timestamp, body),
        }),
  }
  // The path of a webhook URL is often a secret, so only the origin is shown.
  const { origin } = new URL(url)
  const signal = AbortSignal.timeout(wholeMs)
  const status = await post(url, { method: 'POST', headers, agent: false, signal }, body).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException
    throw failed(origin, code === 'ABORT_ERR' ? `no answer in ${wholeMs / 1000} s` : (code ?? 'the connection broke'))
  })
  if (status >= 300 && status < 400) throw failed(origin, `it answered ${status}, and redirects are not followed`)
  if (status < 200 || status >= 300) throw failed(origin, `it answered ${status}`)
}

const STANDARD_PREFIX = 'whsec_'

/**
 * Computes the signature of Standard Webhooks (https://www.standardwebhooks.com). A secret that begins with `whsec_` is decoded
 * from base64; any other is used as it is. Pure.
 */
export function standardSignatureOf(secret: string, id: string, timestamp: string, body: Uint8Array): string {
  const key = secret.startsWith(STANDARD_PREFIX) ? Buffer.from(secret.slice(STANDARD_PREFIX.length), 'base64') : secret
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`
}

/** Computes the signature in `x-saltern-signature`. Pure. */
export function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`
}

function bodyOf({ id, at, document }: DeliveryMessage): string {
  const { subject, text, html, attachments } = document
  return JSON.stringify({
    delivery: id,
    at: at.toISOString(),
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    attachments: attachments.map(({ name, type, bytes }) => ({
      name: safeName(name),
      type,
      base64: Buffer.from(bytes).toString('base64'),
    })),
  })
}

/** Returns the status of the response; the body is ignored. */
function post(url: string, options: RequestOptions, body: Uint8Array): Promise<number> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const sent = request(url, options, answer => {
      resolve(answer.statusCode ?? 0)
      answer.on('error', () => undefined)
      answer.destroy()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function failed(origin: string, why: string): AppError {
  return new AppError({
    code: 'DELIVERY_FAILED',
    message: `the webhook at ${origin} did not accept it: ${why}`,
    hint: 'Check `url` under `deliver` in schedule.yml, and the log of the receiver.',
  })
}
