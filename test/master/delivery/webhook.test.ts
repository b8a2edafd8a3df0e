import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { expect, it, onTestFinished } from 'vitest'
import { deliverToWebhook, signatureOf, standardSignatureOf, WEBHOOK_BYTES } from '../../../master/delivery/webhook.ts'
import { DOCUMENT, messageOf } from './messages.ts'

interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Starts a real HTTP server; with `status` 0 it never answers. */
async function listen(status: number, headers: { readonly [name: string]: string } = {}) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      if (status !== 0) response.writeHead(status, headers).end('x'.repeat(100_000))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { asked, url: `http://127.0.0.1:${port}/hook/T0KEN` }
}

const NOW = { nowMs: Date.parse('2026-11-21T03:00:01Z') }

it('a webhook receives the document as JSON, with a signature over time and body', async () => {
  const { asked, url } = await listen(204)
  await deliverToWebhook({ kind: 'webhook', url }, 'topsecret', messageOf(), NOW)

  const [one] = asked
  const body = one?.body ?? Buffer.alloc(0)
  expect(one?.path).toBe('/hook/T0KEN')
  expect(one?.headers['x-saltern-delivery']).toBe('delivery-01jd0000000000000000007k2m')
  expect(one?.headers['x-saltern-timestamp']).toBe('1795230001')
  expect(one?.headers['x-saltern-signature']).toBe(signatureOf('topsecret', '1795230001', body))
  expect(one?.headers['x-saltern-signature']).toMatch(/^sha256=[0-9a-f]{64}$/)
  expect(one?.headers['webhook-id']).toBe('delivery-01jd0000000000000000007k2m')
  expect(one?.headers['webhook-timestamp']).toBe('1795230001')
  expect(one?.headers['webhook-signature']).toBe(
    standardSignatureOf('topsecret', 'delivery-01jd0000000000000000007k2m', '1795230001', body),
  )
  const said = JSON.parse(body.toString()) as { readonly attachments: readonly { readonly base64: string }[] }
  expect(said).toMatchObject({
    subject: DOCUMENT.subject,
    text: DOCUMENT.text,
    html: DOCUMENT.html,
    at: '2026-11-21T03:00:00.123Z',
    attachments: [{ name: 'report.csv', type: 'text/csv' }, { name: 'etc-passwd' }],
  })
  expect(new Uint8Array(Buffer.from(said.attachments[1]?.base64 ?? '', 'base64'))).toEqual(
    DOCUMENT.attachments[1]?.bytes,
  )
})

it('another secret, time or body gives another webhook signature', () => {
  const body = Buffer.from('{}')
  const signatures = [
    signatureOf('a', '1', body),
    signatureOf('b', '1', body),
    signatureOf('a', '2', body),
    signatureOf('a', '1', Buffer.from('{ }')),
  ]

  expect(new Set(signatures).size).toBe(4)
})

it('webhook signatures follow the Standard Webhooks specification, with a base64 `whsec_` secret or any other one', () => {
  // The example of the specification's own libraries.
  const [secret, id, time] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330']
  const body = Buffer.from('{"test": 2432232314}')

  expect(standardSignatureOf(secret, id, time, body)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  expect(standardSignatureOf('topsecret', id, time, body)).toBe(
    `v1,${createHmac('sha256', 'topsecret').update(`${id}.${time}.`).update(body).digest('base64')}`,
  )
})

it('a webhook without a secret is not signed', async () => {
  const { asked, url } = await listen(200)
  await deliverToWebhook({ kind: 'webhook', url }, undefined, messageOf(), NOW)

  expect(asked[0]?.headers['x-saltern-signature']).toBeUndefined()
  expect(asked[0]?.headers['webhook-signature']).toBeUndefined()
})

it('a webhook that answers with an error or a redirect counts as failed, and its path is not shown', async () => {
  const elsewhere = await listen(200)
  for (const [status, headers] of [
    [500, {}],
    [404, {}],
    [302, { location: elsewhere.url }],
    [307, { location: elsewhere.url }],
  ] as const) {
    const { url } = await listen(status, headers)
    const failed: unknown = await deliverToWebhook({ kind: 'webhook', url }, 's', messageOf(), NOW).catch(
      (error: unknown) => error,
    )
    expect(failed).toMatchObject({ code: 'DELIVERY_FAILED' })
    expect(String(failed)).toContain(`it answered ${status}`)
    expect(String(failed)).not.toContain('T0KEN')
  }
  expect(elsewhere.asked).toEqual([])
})

it('a webhook that never answers times out', async () => {
  const { url } = await listen(0)

  await expect(
    deliverToWebhook({ kind: 'webhook', url }, undefined, messageOf(), { ...NOW, wholeMs: 100 }),
  ).rejects.toThrow('no answer in 0.1 s')
})

it('a webhook that cannot be connected counts as failed', async () => {
  const url = 'http://127.0.0.1:1/'

  await expect(deliverToWebhook({ kind: 'webhook', url }, undefined, messageOf(), NOW)).rejects.toThrow('ECONNREFUSED')
})

it('a document that is too large is not sent to a webhook', async () => {
  const { asked, url } = await listen(200)
  const document = { subject: 's', text: 'x'.repeat(WEBHOOK_BYTES), attachments: [] }

  await expect(deliverToWebhook({ kind: 'webhook', url }, undefined, messageOf(document), NOW)).rejects.toMatchObject({
    code: 'DOCUMENT_TOO_LARGE',
  })
  expect(asked).toEqual([])
})
