import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { Recipient } from '../../../master/schedule/entry.ts'
import { deliver, GIVE_UP_MS } from '../../../master/scheduler/deliver.ts'
import { createDeliveryOutbox, type DeliveryOutbox } from '../../../master/scheduler/outbox.ts'
import { openStore, type Store } from '../../../master/store/open.ts'
import type { Deliveries } from '../../../master/store/tables/deliveries.ts'
import { AppError } from '../../../protocol/errors.ts'
import { DOCUMENT } from '../delivery/messages.ts'
import { parseMime } from '../delivery/mime.ts'
import { openSmtpSink, type SinkOptions } from '../delivery/smtp-sink.ts'
import { temporaryDirectory } from '../store/fixture.ts'
import { eventsOf } from './schedule-scene.ts'

const PASSWORD = 'correct-horse-battery'

/** An outbox in a real store; the test controls the clock and the `deliver` targets. */
class OutboxScene {
  readonly directory = temporaryDirectory()
  readonly recipients = new Map<string, Recipient>()
  readonly warned: string[] = []
  now = Date.parse('2026-11-21T03:00:00Z')
  store: Store
  outbox: DeliveryOutbox
  #counter = 0

  constructor() {
    this.store = openStore(this.directory, { now: () => this.now })
    this.outbox = this.#outbox()
    onTestFinished(() => this.store.close())
  }

  queue(names: readonly string[], scheduledRun?: `${string}@${string}`): readonly string[] {
    return deliver(this.context, names, DOCUMENT, scheduledRun)
  }

  get context() {
    const random = (size: number): Uint8Array => new Uint8Array(size).fill(++this.#counter)
    return { store: this.store, now: () => this.now, random }
  }

  async look(passMs = 0): Promise<void> {
    this.now += passMs
    await this.outbox.look()
  }

  /** As after a kill: only the store is left. */
  restart(): void {
    this.store.close()
    this.store = openStore(this.directory, { now: () => this.now })
    this.outbox = this.#outbox()
  }

  mail(port: number): Recipient {
    const login = { user: 'saltern', passwordSecret: 'mail.password' } as const
    return {
      kind: 'mail',
      to: ['ops@example.org'],
      from: 'a@example.org',
      host: '127.0.0.1',
      port,
      tls: 'off',
      ...login,
    }
  }

  #outbox(): DeliveryOutbox {
    return createDeliveryOutbox(
      {
        store: this.store,
        now: () => this.now,
        warn: (message, facts) => this.warned.push(`${message} ${JSON.stringify(facts)}`),
      },
      { recipients: async () => this.recipients, openSecret: async () => PASSWORD },
    )
  }
}

const types = (store: Store): readonly string[] =>
  eventsOf(store, 'delivery-queued', 'delivery-tried', 'delivery-done', 'delivery-failed').map(({ type }) => type)

async function sinkOf(options: SinkOptions) {
  const sink = await openSmtpSink(options)
  onTestFinished(() => sink.close())
  return sink
}

it('the outbox delivers a document to every recipient and is then empty', async () => {
  const scene = new OutboxScene()
  const sink = await sinkOf({ auth: true })
  const reports = mkdtempSync(join(tmpdir(), 'saltern-reports-'))
  onTestFinished(() => rmSync(reports, { recursive: true, force: true }))
  scene.recipients.set('ops', scene.mail(sink.port)).set('disk', { kind: 'file', directory: reports })
  scene.queue(['ops', 'disk', 'ops'])
  await scene.look()

  expect(parseMime(sink.mails[0]?.raw ?? '').parts).toHaveLength(3)
  expect(readdirSync(reports)).toHaveLength(4)
  expect(scene.store.deliveries.list()).toEqual([])
  expect(types(scene.store)).toEqual(['delivery-queued', 'delivery-queued', 'delivery-done', 'delivery-done'])
})

it('the outbox retries with growing delays until the server answers, even across restarts', async () => {
  const scene = new OutboxScene()
  const first = await openSmtpSink({ auth: true })
  await first.close()
  scene.recipients.set('ops', scene.mail(first.port))
  scene.queue(['ops'])
  await scene.look()
  await scene.look(29_000)
  expect(scene.store.deliveries.list()).toMatchObject([{ attempts: 1, nextAt: '2026-11-21T03:00:30.000Z' }])

  scene.restart()
  await scene.look(1000)
  expect(scene.store.deliveries.list()).toMatchObject([{ attempts: 2, nextAt: '2026-11-21T03:01:30.000Z' }])

  const sink = await sinkOf({ auth: true, port: first.port })
  await scene.look(60_000)
  expect(sink.mails).toHaveLength(1)
  expect(types(scene.store)).toEqual(['delivery-queued', 'delivery-tried', 'delivery-tried', 'delivery-done'])
})

it('after a kill between sending and recording it, the outbox sends a document again under the same id', async () => {
  const scene = new OutboxScene()
  const sink = await sinkOf({ auth: true })
  scene.recipients.set('ops', scene.mail(sink.port))
  scene.queue(['ops'])
  const { deliveries } = scene.store
  scene.store = { ...scene.store, deliveries: { ...deliveries, done: () => undefined } }
  const killed = createDeliveryOutbox(
    { store: scene.store, now: () => scene.now, warn: () => undefined },
    { recipients: async () => scene.recipients, openSecret: async () => PASSWORD },
  )
  await killed.look()
  scene.restart()
  await scene.look()

  const ids = sink.mails.map(({ raw }) => parseMime(raw).headers.get('message-id'))
  expect(ids).toHaveLength(2)
  expect(new Set(ids).size).toBe(1)
  expect(scene.store.deliveries.list()).toEqual([])
})

it('the outbox delivers nothing twice when its disk is full, and continues when there is room', async () => {
  const scene = new OutboxScene()
  const sink = await sinkOf({ auth: true })
  const first = await openSmtpSink({ auth: true })
  await first.close()
  scene.recipients.set('ops', scene.mail(sink.port)).set('dead', scene.mail(first.port))
  scene.queue(['ops', 'dead'])
  const { deliveries } = scene.store
  let full = true
  let tried = 0
  const orFull =
    <Words extends readonly unknown[]>(act: (...words: Words) => void) =>
    (...words: Words): void => {
      if (full) throw new AppError({ code: 'STORE_FULL', message: 'no room' })
      act(...words)
    }
  const store = {
    ...scene.store,
    deliveries: {
      ...deliveries,
      done: orFull((...words: Parameters<Deliveries['done']>) => deliveries.done(...words)),
      failedOnce: orFull((...words: Parameters<Deliveries['failedOnce']>) => deliveries.failedOnce(...words)),
    },
  }
  const outbox = createDeliveryOutbox(
    { store, now: () => scene.now, warn: message => void (tried += message === 'a delivery failed' ? 1 : 0) },
    { recipients: async () => scene.recipients, openSecret: async () => PASSWORD },
  )
  await outbox.look()
  await outbox.look()
  await outbox.look()
  expect(sink.mails).toHaveLength(1)
  expect(tried).toBe(1)

  full = false
  await outbox.look()
  expect(sink.mails).toHaveLength(1)
  expect(scene.store.deliveries.list()).toMatchObject([{ recipient: 'dead', attempts: 1 }])
})

it('the outbox retries after a failed read', async () => {
  const scene = new OutboxScene()
  const sink = await sinkOf({ auth: true })
  scene.recipients.set('ops', scene.mail(sink.port))
  scene.queue(['ops'])
  let broken = true
  const due: Store['deliveries']['due'] = (...words) => {
    if (broken) throw new Error('the disk does not answer')
    return scene.store.deliveries.due(...words)
  }
  const outbox = createDeliveryOutbox(
    {
      store: { ...scene.store, deliveries: { ...scene.store.deliveries, due } },
      now: () => scene.now,
      warn: () => undefined,
    },
    { recipients: async () => scene.recipients, openSecret: async () => PASSWORD },
  )
  await outbox.look()
  broken = false
  await outbox.look()

  expect(sink.mails).toHaveLength(1)
})

it('the outbox gives up after a day, or at once for a permanent error, and records the failure', async () => {
  const scene = new OutboxScene()
  scene.recipients.set('ops', { kind: 'webhook', url: 'http://127.0.0.1:1/' })
  scene.queue(['ops', 'gone'])
  await scene.look()
  expect(eventsOf(scene.store, 'delivery-failed')).toMatchObject([
    { recipient: 'gone', problem: { code: 'RECIPIENT_UNKNOWN' } },
  ])

  await scene.look(GIVE_UP_MS)
  expect(eventsOf(scene.store, 'delivery-failed')).toHaveLength(2)
  expect(scene.store.deliveries.list()).toEqual([])
})

it('the outbox does not wait for years for a retry that was scheduled by a wrong clock', async () => {
  const scene = new OutboxScene()
  const first = await openSmtpSink({ auth: true })
  await first.close()
  scene.recipients.set('ops', scene.mail(first.port))
  scene.now = Date.parse('2036-01-01T00:00:00Z')
  scene.queue(['ops'])
  await scene.look()
  scene.now = Date.parse('2026-11-21T03:00:00Z')
  const sink = await sinkOf({ auth: true, port: first.port })
  await scene.look()

  expect(sink.mails).toHaveLength(1)
})

it('the outbox writes no secret to the log, events or database', async () => {
  const scene = new OutboxScene()
  const sink = await sinkOf({ auth: true, authAnswer: '535 no: %' })
  scene.recipients.set('ops', scene.mail(sink.port))
  scene.queue(['ops'])
  await scene.look()

  const shown = JSON.stringify([scene.store.log.read(0, 100), scene.warned, scene.store.deliveries.list()])
  expect(shown).toContain('535 no')
  expect(shown).not.toContain(PASSWORD)
  expect(shown).not.toContain(Buffer.from(`\0saltern\0${PASSWORD}`).toString('base64'))
})

it('the outbox accepts the documents of one scheduled run once', () => {
  const scene = new OutboxScene()
  const scheduledRun = 'nightly@2026-11-21T03:00:00.000Z'
  const order = { verb: 'test', target: '*', splayMs: 0, withinMs: 1, options: {}, recipients: ['ops'] } as const
  scene.store.log.append({
    type: 'schedule-fired',
    schedule: 'nightly',
    firing: scheduledRun,
    due: '2026-11-21T03:00:00.000Z',
    order,
  })

  expect(scene.queue(['ops'], scheduledRun)).toHaveLength(1)
  scene.restart()
  expect(scene.queue(['ops'], scheduledRun)).toEqual([])
})
