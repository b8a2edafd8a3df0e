import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { MasterIdentity } from '../../../master/keys/master-identity.ts'

/** A man in the middle: terminates TLS with its own certificate and forwards every byte. */
export interface Relay {
  readonly port: number
  /** Everything sent from the client to the master, in clear text. */
  readonly heard: () => Buffer
  close(): Promise<void>
}

export async function openRelay(own: MasterIdentity['tls'], masterPort: number): Promise<Relay> {
  const parts: Buffer[] = []
  const server = createServer({ ...own, minVersion: 'TLSv1.3' })
  const open = new Set<TLSSocket>()
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (client: TLSSocket) => {
    const master = connectTls({ host: '127.0.0.1', port: masterPort, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
    for (const socket of [client, master]) {
      open.add(socket)
      socket.on('error', () => socket.destroy())
    }
    client.on('data', (data: Buffer) => parts.push(data))
    client.pipe(master)
    master.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => Buffer.concat(parts),
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
