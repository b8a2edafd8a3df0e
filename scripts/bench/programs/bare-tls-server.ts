import { webcrypto } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'
import type { ServerOrder, ServerReport } from '../bare-tls.ts'

// The least that a server with many TLS connections costs. The parent process sends orders and gets reports over IPC.

const GROUP = 100
const sockets = new Set<TLSSocket>()
const received = new Map<TLSSocket, number>()
let expected = { bytes: Infinity, answers: 0 }
let file: number | undefined
let missing = 0

const tell = (report: ServerReport): void => void process.send?.(report)
const server = createServer({ ...(await selfSigned()), minVersion: 'TLSv1.3' }, socket => {
  sockets.add(socket)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
  socket.on('data', (chunk: Buffer) => take(socket, chunk))
  if (sockets.size === expected.answers) tell({ did: 'connect' })
})
server.listen(0, '127.0.0.1', () => tell({ did: 'listen', port: (server.address() as AddressInfo).port }))
process.on('disconnect', () => process.exit(0))
process.on('message', message => {
  const order = message as ServerOrder
  switch (order.do) {
    case 'expect':
      expected = { bytes: Infinity, answers: order.connections }
      break
    case 'exchange': {
      expected = { bytes: order.up, answers: sockets.size }
      missing = sockets.size
      received.clear()
      file = order.file === undefined ? undefined : openSync(order.file, 'a')
      const bytes = Buffer.alloc(order.down, 120)
      for (const socket of sockets) socket.write(bytes)
    }
  }
})

function take(socket: TLSSocket, chunk: Buffer): void {
  if (file !== undefined) writeSync(file, chunk)
  const sum = (received.get(socket) ?? 0) + chunk.length
  received.set(socket, sum)
  if (sum !== expected.bytes) return
  missing -= 1
  if (file !== undefined && missing % GROUP === 0) fdatasyncSync(file)
  if (missing > 0) return
  if (file !== undefined) closeSync(file)
  tell({ did: 'exchange' })
}

async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({ name: 'CN=bench', signingAlgorithm, keys })
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`,
    cert: certificate.toString('pem'),
  }
}
