import { createSocket, type Socket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { afterEach, expect, it } from 'vitest'
import { lookUp } from '../../../master/control/dns.ts'

const A = 1
const PTR = 12
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close()
})

/** Starts a name server on loopback, RFC 1035: `answers` returns the data of each record; undefined: no response. */
async function serve(answers: (name: string, type: number) => readonly Buffer[] | undefined): Promise<Resolver> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  socket.on('message', (query, { port, address }) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += length + 1
    }
    const type = query.readUInt16BE(at + 1)
    const records = answers(labels.join('.'), type)
    if (records === undefined) return
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(records.length === 0 ? 0x8183 : 0x8180, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(records.length, 6)
    const bodies = records.map(data => {
      const record = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length])
      return Buffer.concat([record, data])
    })
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...bodies]), port, address)
  })
  await new Promise<void>(resolve => socket.bind(0, '127.0.0.1', resolve))
  const resolver = new Resolver({ timeout: 200, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return resolver
}

function nameOf(text: string): Buffer {
  const labels = text.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([...labels, Buffer.from([0])])
}

it('DNS lookups return addresses and names, and nothing for missing records', async () => {
  const resolver = await serve((name, type) => {
    if (name === 'mail.example' && type === A) return [Buffer.from([203, 0, 113, 5])]
    return name === '5.113.0.203.in-addr.arpa' && type === PTR ? [nameOf('mail.example')] : []
  })

  const { forward, reverse } = await lookUp(resolver, {
    hostnames: ['mail.example', 'gone.example'],
    addresses: ['203.0.113.5', '203.0.113.6'],
  })

  expect(Object.fromEntries(forward)).toEqual({ 'mail.example': ['203.0.113.5'], 'gone.example': [] })
  expect(Object.fromEntries(reverse)).toEqual({ '203.0.113.5': ['mail.example'], '203.0.113.6': [] })
})

it('DNS lookups report a server that does not answer and do not wait forever', async () => {
  const resolver = await serve(() => undefined)
  const names = Array.from({ length: 20 }, (_, number) => `n${number}.example`)

  const { forward } = await lookUp(resolver, { hostnames: names, addresses: [] })

  expect(forward.size).toBe(20)
  expect([...forward.values()].every(answer => 'failed' in answer && answer.failed === 'ETIMEOUT')).toBe(true)
})
