import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** The DNS data: addresses by host name, and names by address for reverse lookups. */
export interface Zone {
  readonly addresses: { readonly [name: string]: string }
  readonly names: { readonly [address: string]: string }
}

export interface NameServer {
  close(): Promise<void>
}

const A = 1
const PTR = 12
/** RFC 1035, section 4.1.1: an authoritative answer; the same with "no such name". */
const ANSWER = 0x8400
const NO_SUCH_NAME = 0x8403

/** Starts a DNS server that knows IPv4 addresses and their reverse names, and answers "no such name" for everything else. */
export async function openNameServer(host: string, zone: Zone): Promise<NameServer> {
  const socket: Socket = createSocket('udp4', (query, from) => {
    socket.send(answerTo(query, zone), from.port, from.address)
  })
  socket.bind(53, host)
  await once(socket, 'listening')
  return {
    close: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}

function answerTo(query: Buffer, { addresses, names }: Zone): Buffer {
  const labels: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  const type = query.readUInt16BE(at + 1)
  const question = query.subarray(12, at + 5)
  const name = labels.join('.').toLowerCase()
  const [, reversed] = /^([\d.]+)\.in-addr\.arpa$/.exec(name) ?? []
  const address = addresses[name]
  const back = reversed === undefined ? undefined : names[reversed.split('.').reverse().join('.')]
  const data =
    type === A && address !== undefined
      ? Buffer.from(address.split('.').map(Number))
      : type === PTR && back !== undefined
        ? wireName(back)
        : undefined
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(address === undefined && back === undefined ? NO_SUCH_NAME : ANSWER, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(data === undefined ? 0 : 1, 6)
  return Buffer.concat([header, question, ...(data === undefined ? [] : [record(type, data)])])
}

/** Builds a record about the name of the question, which is at byte 12. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(60, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function wireName(name: string): Buffer {
  const labels = name.split('.').flatMap(label => [Buffer.from([label.length]), Buffer.from(label, 'latin1')])
  return Buffer.concat([...labels, Buffer.from([0])])
}
