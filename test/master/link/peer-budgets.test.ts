import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createIncidents } from '../../../master/link/incidents.ts'
import { MinionLink, type MinionLinkDeps } from '../../../master/link/minion-link.ts'
import { PeerBudgets } from '../../../master/link/peer-budgets.ts'
import { Turns } from '../../../master/link/turns.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { encodeMessage } from '../../../protocol/codec.ts'
import type { Fingerprint } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { fakeIntake } from './link-scene.ts'
import { provenMinion } from './proven.ts'

/** The socket as seen by a link; counts what was sent. */
class Wire extends EventEmitter {
  readyState: number = WebSocket.OPEN
  readonly bufferedAmount = 0
  sent = 0
  readonly reading: boolean[] = []
  send(_bytes: Uint8Array, onSent?: () => void): void {
    this.sent += 1
    onSent?.()
  }
  ping(): void {
    this.emit('pong')
  }
  pause(): void {
    this.reading.push(false)
  }
  resume(): void {
    this.reading.push(true)
  }
  terminate(): void {
    this.readyState = WebSocket.CLOSED
    this.emit('close')
  }
  says(message: FromMinion): void {
    if (this.readyState === WebSocket.OPEN) this.emit('message', Buffer.from(encodeMessage(message)), true)
  }
}

const KEY = 'SHA256:db1' as Fingerprint

function world() {
  const budgets = new PeerBudgets()
  const heard: FromMinion[] = []
  const lines: string[] = []
  const incidents = createIncidents((event, data) => lines.push(`${event} ${JSON.stringify(data['repeated'] ?? 1)}`))
  const deps: MinionLinkDeps = {
    budgets,
    turns: new Turns(),
    now: Date.now,
    listener: {
      greet: async (_link, hello) => void heard.push(hello),
      hear: (_link, message) => void heard.push(message),
    },
    onGone: () => undefined,
    readChunk: async () => undefined,
    intake: fakeIntake(),
    log: incidents.note,
  }
  const connect = (): Wire => {
    const wire = new Wire()
    new MinionLink(wire as never, provenMinion({ fingerprint: KEY }), { address: '127.0.0.1', now: Date.now() }, deps)
    return wire
  }
  return { budgets, heard, lines, connect, incidents }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a boot question on each of ten new connections starts three compilations, and the last is answered later', () => {
  const { heard, connect } = world()
  for (let at = 0; at < 10; at++) {
    const wire = connect()
    wire.says({ type: 'boot', bootId: `boot-${at}` })
    if (at < 9) wire.terminate()
  }
  expect(heard).toEqual([0, 1, 2].map(at => ({ type: 'boot', bootId: `boot-${at}` })))

  vi.advanceTimersByTime(61_000)

  expect(heard.slice(3)).toEqual([{ type: 'boot', bootId: 'boot-9' }])
})

it('of several boot questions waiting on one connection only the last is answered, once', () => {
  const { heard, connect } = world()
  const wire = connect()
  for (let at = 0; at < 8; at++) wire.says({ type: 'boot', bootId: `boot-${at}` })

  vi.advanceTimersByTime(180_000)

  expect(heard.map(message => (message.type === 'boot' ? message.bootId : ''))).toEqual([
    'boot-0',
    'boot-1',
    'boot-2',
    'boot-7',
  ])
})

it('a minion may ask for unreferenced content a hundred times and then loses each connection on which it asks', () => {
  const { lines, connect, incidents } = world()
  const sha256 = sha256Of(new Uint8Array(1))
  let answers = 0
  for (let connection = 0; connection < 5; connection++) {
    const wire = connect()
    for (let asked = 0; asked < 500; asked++) wire.says({ type: 'blob-get', sha256, offset: 0 })
    expect(wire.readyState).toBe(WebSocket.CLOSED)
    answers += wire.sent
  }

  expect(answers).toBe(100)
  expect(lines).toEqual(['link-blob-refused 1', 'link-message-refused 1'])
  incidents.flush()
  expect(lines.slice(2)).toEqual(['link-blob-refused 104', 'link-message-refused 4'])
})

it('progress messages above the rate limit are dropped, while the connection and run messages continue', () => {
  const { heard, lines, connect } = world()
  const wire = connect()
  const run = 'run-00000000000000000000000001' as never
  for (let at = 0; at < 6000; at++) wire.says({ type: 'progress', run, index: at, key: 'a/b/c' as never })
  wire.says({ type: 'accepted', run })

  expect(heard.filter(({ type }) => type === 'progress').length).toBeLessThan(4100)
  expect(heard.at(-1)?.type).toBe('accepted')
  expect(lines).toEqual(['link-progress-dropped 1'])
})

it('a minion that used up its share of the event loop is not read, even on a new connection', () => {
  const { budgets, connect } = world()
  budgets.charge('loop', KEY, Date.now(), 2000)
  const wire = connect()
  wire.says({ type: 'pong', nonce: 1 })
  expect(wire.reading).toEqual([false])

  vi.advanceTimersByTime(1900)
  expect(wire.reading).toEqual([false])
  vi.advanceTimersByTime(1000)

  expect(wire.reading).toEqual([false, true])
  expect(wire.readyState).toBe(WebSocket.OPEN)
})

it('the log has the first incident of a kind at once, then one count per minute and peer until a quiet minute', () => {
  const { lines, incidents } = world()
  const refuse = (address: string): void => incidents.note('link-refused', { address, reason: 'x' })
  for (let at = 0; at < 50; at++) refuse(`10.0.0.${at}`)
  refuse('10.9.0.1')
  expect(lines).toEqual(['link-refused 1', 'link-refused 1'])

  vi.advanceTimersByTime(60_000)
  expect(lines.slice(2)).toEqual(['link-refused 49'])
  vi.advanceTimersByTime(60_000)
  refuse('10.0.0.1')

  expect(lines.slice(3)).toEqual(['link-refused 1'])
})

it('the log counts the reasons of one peer separately, up to five', () => {
  const { lines, incidents } = world()
  for (let at = 0; at < 20; at++) {
    for (const reason of ['expired', 'used up', `counter ${at}`])
      incidents.note('link-refused', { minion: 'db1', reason })
  }

  expect(lines).toHaveLength(6)
  incidents.flush()
  expect(lines.slice(6).toSorted()).toEqual(['link-refused 16', 'link-refused 19', 'link-refused 19'])
})

it('the log counts incidents by kind when there are more than a thousand peers', () => {
  const { lines, incidents } = world()
  for (let at = 0; at < 5000; at++) {
    incidents.note('link-refused', { address: `10.${Math.floor(at / 250)}.${at % 250}.1`, reason: 'x' })
  }
  expect(lines).toHaveLength(1001)

  incidents.flush()

  expect(lines.slice(1001)).toEqual(['link-refused 3999'])
})
