import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { MinionLink } from '../../../master/link/minion-link.ts'
import { PeerBudgets } from '../../../master/link/peer-budgets.ts'
import { Turns } from '../../../master/link/turns.ts'
import { encodeMessage } from '../../../protocol/codec.ts'
import type { RunId } from '../../../protocol/ids.ts'
import type { FromMinion } from '../../../protocol/messages.ts'
import { fakeIntake } from './link-scene.ts'
import { provenMinion } from './proven.ts'

/** An event loop whose clock advances only by the duration of work. */
function loop() {
  let nowMs = 0
  const later: (() => void)[] = []
  const done: string[] = []
  const turns = new Turns({ elapsed: () => nowMs, defer: work => void later.push(work), sliceMs: 15 })
  return {
    turns,
    done,
    later,
    work: (name: string, ms: number) => () => {
      nowMs += ms
      done.push(name)
    },
    /** Runs the work deferred so far; false: there was none. */
    nextTurn: (): boolean => {
      const ready = later.splice(0)
      for (const work of ready) work()
      return ready.length > 0
    },
  }
}

it('a link message is handled at once while the event loop turn has time left', () => {
  const { turns, work, done } = loop()
  turns.of().add(work('a', 1))
  turns.of().add(work('b', 1))

  expect(done).toEqual(['a', 'b'])
})

it('a thousand reports that arrive at once are handled in turns of 15 ms, whatever their number', () => {
  const mostInOneTurn = (links: number): number => {
    const { turns, work, done, nextTurn } = loop()
    for (let link = 0; link < links; link++) turns.of().add(work(`report ${link}`, 10))
    let most = done.length
    for (let before = done.length; nextTurn(); before = done.length) most = Math.max(most, done.length - before)
    expect(done).toHaveLength(links)
    return most
  }

  expect([250, 500, 1000].map(mostInOneTurn)).toEqual([2, 2, 2])
})

it('messages are handled in rotation between links and in order within a link', () => {
  const { turns, work, done, nextTurn } = loop()
  const [loud, quiet] = [turns.of(), turns.of()]
  for (let at = 0; at < 4; at++) loud.add(work(`loud ${at}`, 15))
  quiet.add(work('quiet', 15))
  while (nextTurn()) continue

  expect(done).toEqual(['loud 0', 'loud 1', 'quiet', 'loud 2', 'loud 3'])
})

it('a message is queued behind waiting ones even when the turn has time left', () => {
  const { turns, work, done, nextTurn } = loop()
  const link = turns.of()
  link.add(work('first', 15))
  link.add(work('second', 1))
  nextTurn()
  link.add(work('third', 1))
  while (nextTurn()) continue

  expect(done).toEqual(['first', 'second', 'third'])
})

it('waiting messages of a closed link are dropped, and those of other links are handled', () => {
  const { turns, work, done, nextTurn } = loop()
  const [gone, other] = [turns.of(), turns.of()]
  other.add(work('other 0', 15))
  gone.add(work('gone', 1))
  other.add(work('other 1', 1))
  expect(gone.waiting).toBe(1)
  gone.clear()
  while (nextTurn()) continue

  expect(done).toEqual(['other 0', 'other 1'])
  expect(gone.waiting).toBe(0)
})

/** The socket as seen by a link. */
class Wire extends EventEmitter {
  readonly readyState: number = WebSocket.OPEN
  readonly reading: boolean[] = []
  pause(): void {
    this.reading.push(false)
  }
  resume(): void {
    this.reading.push(true)
  }
  says(message: FromMinion): void {
    this.emit('message', Buffer.from(encodeMessage(message)), true)
  }
}

/** A link after another one that has used up the turn. */
function busyLink() {
  const at = loop()
  const heard: string[] = []
  const wire = new Wire()
  new MinionLink(
    wire as never,
    provenMinion(),
    { address: '127.0.0.1', now: 0 },
    {
      turns: at.turns,
      budgets: new PeerBudgets(),
      now: () => 0,
      listener: {
        greet: async (_link, { type }) => void heard.push(type),
        hear: (_link, { type }) => void heard.push(type),
      },
      onGone: (_link, reason) => void heard.push(reason),
      readChunk: async () => undefined,
      intake: fakeIntake(),
      log: () => undefined,
    },
  )
  at.turns.of().add(at.work('report of another', 15))
  return { ...at, wire, heard }
}

const RUNNING = { type: 'running', run: 'run-01jd0000000000000000000000' as RunId, states: 1 } as const

it('a link with queued messages ends only after they have been handled', () => {
  const { wire, heard, nextTurn } = busyLink()
  wire.says(RUNNING)
  wire.emit('close')
  expect(heard).toEqual([])
  while (nextTurn()) continue

  expect(heard).toEqual(['running', 'the socket closed'])
})

it('a link with 64 queued messages is not read until they have been handled', () => {
  const { wire, heard, nextTurn } = busyLink()
  for (let at = 0; at < 63; at++) wire.says(RUNNING)
  expect(wire.reading).toEqual([])
  wire.says(RUNNING)
  expect(wire.reading).toEqual([false])
  while (nextTurn()) continue

  expect(wire.reading).toEqual([false, true])
  expect(heard).toHaveLength(64)
  wire.emit('close')
})
