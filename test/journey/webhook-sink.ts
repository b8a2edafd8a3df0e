import { createServer, type IncomingHttpHeaders } from 'node:http'

interface TakenPost {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface WebhookSink {
  readonly port: number
  readonly posts: readonly TakenPost[]
  /** Sets the status of further answers. */
  answer(status: number): void
  close(): Promise<void>
}

/** Starts a server that receives webhooks. */
export async function openWebhookSink(status = 200): Promise<WebhookSink> {
  const posts: TakenPost[] = []
  let answers = status
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (answers < 300) posts.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(answers).end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    posts,
    answer: next => {
      answers = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
