import type { AddressInfo } from 'node:net'
import { AppError } from '../../protocol/errors.ts'
import { formatHostPort } from '../../protocol/host-port.ts'

/** Not imported: see the client of the API. */
const { createServer } = process.getBuiltinModule('node:http')

export interface MetricsServer {
  readonly port: number
  close(): Promise<void>
}

/** How long a scrape may take before its socket is closed. */
const PATIENCE_MS = 10_000

/**
 * Serves `GET /metrics` and nothing else, on its own listener, so that scraping needs no other access. Throws LISTEN_FAILED
 * when the address is in use or not local.
 */
export async function openMetricsServer(
  listen: { readonly host: string; readonly port: number },
  deps: { readonly exposition: () => Promise<string>; readonly onFault: (thrown: unknown) => void },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is only GET /metrics.\n')
      return
    }
    deps.exposition().then(
      text => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      (thrown: unknown) => {
        deps.onFault(thrown)
        response.writeHead(500, { 'content-type': 'text/plain' }).end('See the log of the master.\n')
      },
    )
  })
  server.requestTimeout = PATIENCE_MS
  server.headersTimeout = PATIENCE_MS
  server.timeout = PATIENCE_MS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new AppError(
          {
            code: 'LISTEN_FAILED',
            message: `cannot serve metrics on ${formatHostPort(listen)}: ${cause.code ?? cause.message}`,
            hint: 'Choose another address in `/etc/saltern/master.yml`, such as `metrics: 127.0.0.1:9476`.',
          },
          { cause },
        ),
      )
    })
    server.listen(listen.port, listen.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
