import { createServer, type IncomingHttpHeaders } from 'node:http'

interface TakenPost {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface WebhookSink {
  readonly port: number
  readonly posts: readonly TakenPost[]
  /** What it answers from now on. */
  answer(status: number): void
  close(): Promise<void>
}

/** Whoever listens at the other end of a webhook. */
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
