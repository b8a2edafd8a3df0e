import { Packr } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { decodeFromMaster, decodeFromMinion, decodeHandshake, encodeMessage } from '../../protocol/codec.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { FROM_MASTER, FROM_MINION, type FromMaster, type FromMinion, HANDSHAKE } from '../../protocol/messages.ts'

const run = 'run-01jd3v0000000000000000000a' as never
const sha256 = 'a'.repeat(64) as never
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)
const grains = {
  os: 'Debian',
  arch: 'amd64',
  kernel: '6.1',
  hostname: 'db1',
  fqdn: 'db1.example',
  num_cpus: 2,
  mem_mb: 512,
  addresses: ['192.0.2.1'],
  saltern_version: '0.1.0',
} as never

// A new message without an entry here does not compile.
const fromMinion: { readonly [Type in FromMinion['type']]: Extract<FromMinion, { type: Type }> } = {
  hello: { type: 'hello', grains, bootId: 'b', stateTypes: { 'file.managed': 'x' }, highestSequence: 3, runs: [run] },
  accepted: { type: 'accepted', run },
  refused: { type: 'refused', run, problem: { code: 'ORDER_REFUSED', message: 'no' } },
  running: { type: 'running', run, states: 2 },
  progress: {
    type: 'progress',
    run,
    index: 0,
    key: 'base/file.managed/a' as never,
    outcome: 'changed',
    durationMs: 1.5,
  },
  'report-offer': { type: 'report-offer', run, sha256, size: 10, signature: bytes(64) },
  'blob-get': { type: 'blob-get', sha256, offset: 0 },
  'blob-chunk': { type: 'blob-chunk', sha256, offset: 0, size: 3, data: bytes(3) },
  boot: { type: 'boot', bootId: 'b' },
  grains: { type: 'grains', grains },
  pong: { type: 'pong', nonce: 4 },
  'channel-opened': { type: 'channel-opened', channel: 7 },
  'channel-data': { type: 'channel-data', channel: 7, stream: 'err', data: bytes(3) },
  'channel-credit': { type: 'channel-credit', channel: 7, stream: 'in', bytes: 65_536 },
  'channel-eof': { type: 'channel-eof', channel: 7, stream: 'out' },
  'channel-ended': { type: 'channel-ended', channel: 7, end: { exit: 3 } },
}

const fromMaster: { readonly [Type in FromMaster['type']]: Extract<FromMaster, { type: Type }> } = {
  ping: { type: 'ping', nonce: 4 },
  order: { type: 'order', body: bytes(5), payload: bytes(6), signature: bytes(64) },
  'blob-want': { type: 'blob-want', sha256, offset: 0 },
  'blob-chunk': { type: 'blob-chunk', sha256, offset: 0, size: 3, data: bytes(3) },
  'blob-refused': { type: 'blob-refused', sha256 },
  'report-stored': { type: 'report-stored', run },
  'report-refused': { type: 'report-refused', run, problem: { code: 'REPORT_REFUSED', message: 'no' } },
  'boot-answer': { type: 'boot-answer', bootId: 'b', answer: 'cached' },
  'channel-data': { type: 'channel-data', channel: 7, stream: 'in', data: bytes(3) },
  'channel-credit': { type: 'channel-credit', channel: 7, stream: 'err', bytes: 65_536 },
  'channel-eof': { type: 'channel-eof', channel: 7, stream: 'in' },
  'channel-resize': { type: 'channel-resize', channel: 7, columns: 80, rows: 24 },
  'channel-signal': { type: 'channel-signal', channel: 7, signal: 'SIGINT' },
  'channel-close': { type: 'channel-close', channel: 7 },
}

const refused = expect.objectContaining({ code: 'MESSAGE_INVALID' })

describe('the messages', () => {
  it.each(Object.values(fromMinion))('$type of a minion arrives as it was sent', message => {
    expect(decodeFromMinion(encodeMessage(message))).toEqual(message)
  })

  it.each(Object.values(fromMaster))('$type of a master arrives as it was sent', message => {
    expect(decodeFromMaster(encodeMessage(message))).toEqual(message)
  })

  it('are refused from another role and at another moment', () => {
    const words = [...Object.values(fromMinion), ...Object.values(fromMaster), { type: 'denied' } as const]

    for (const word of words) {
      const frame = encodeMessage(word)
      if (!Object.hasOwn(FROM_MINION, word.type)) expect(() => decodeFromMinion(frame), word.type).toThrow(refused)
      if (!Object.hasOwn(FROM_MASTER, word.type)) expect(() => decodeFromMaster(frame), word.type).toThrow(refused)
      if (!Object.hasOwn(HANDSHAKE, word.type)) expect(() => decodeHandshake(frame), word.type).toThrow(refused)
    }
  })

  it('with a member `__proto__` are refused', () => {
    const members = new Map<string, unknown>([
      ['type', 'pong'],
      ['nonce', 1],
      ['__proto__', { polluted: true }],
    ])

    expect(() => decodeFromMinion(new Packr({ useRecords: false }).pack(members))).toThrow(refused)
  })

  it('of 60,000 lists in each other are refused', () => {
    const frame = Buffer.concat([Buffer.alloc(60_000, 0x91), Buffer.from([0xc0])])

    expect(() => decodeFromMinion(frame)).toThrow(refused)
  })

  it('that are garbage, or promise four thousand million items, are refused', () => {
    expect(() => decodeFromMinion(Buffer.from('GET / HTTP/1.1'))).toThrow(refused)
    expect(() => decodeFromMinion(Buffer.from('ddffffffff', 'hex'))).toThrow(refused)
  })

  it('above the limit are refused with the limit, also before they are sent', () => {
    const words = `a message is at most ${LIMITS.frameBytes} bytes`

    expect(() => decodeFromMinion(bytes(LIMITS.frameBytes + 1))).toThrow(words)
    expect(() => encodeMessage({ ...fromMaster['blob-chunk'], data: bytes(LIMITS.frameBytes) })).toThrow(words)
  })
})
