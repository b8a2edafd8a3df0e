import type { TcpNetConnectOpts } from 'node:net'
import { type ConnectionOptions, connect } from 'node:tls'
import type { ClientsWork } from '../bare-tls.ts'
import { loopbackAddress } from '../loopback-address.ts'

// Connects as often as it is told. Answers each `down` bytes of the server with `up` bytes: a single byte is an exchange of 1 and 1.

/** Handshakes at the same time. */
const AT_ONCE = 50
const { port, count, down, up } = JSON.parse(process.argv[2] ?? '{}') as ClientsWork
const answer = Buffer.alloc(up, 121)
let next = 0
process.on('disconnect', () => process.exit(0))
for (let index = 0; index < Math.min(AT_ONCE, count); index++) open()

function open(): void {
  if (next === count) return
  const localAddress = loopbackAddress(next++)
  let received = 0
  const options: ConnectionOptions & TcpNetConnectOpts = {
    host: '127.0.0.1',
    port,
    localAddress,
    rejectUnauthorized: false,
  }
  const socket = connect(options, open)
  socket.on('error', () => process.exit(1))
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    // A ping of one byte is answered with one; anything longer is a catalog.
    if (received === 1 && chunk.length === 1) socket.write('y')
    else if (received < down) return
    else socket.write(answer)
    received = 0
  })
}
