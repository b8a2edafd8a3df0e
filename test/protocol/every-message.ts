import type { FromMaster, FromMinion } from '../../protocol/messages.ts'

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

/** One message of each type; a new message without an entry here does not compile. */
export const EVERY_FROM_MINION: { readonly [Type in FromMinion['type']]: Extract<FromMinion, { type: Type }> } = {
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

export const EVERY_FROM_MASTER: { readonly [Type in FromMaster['type']]: Extract<FromMaster, { type: Type }> } = {
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
