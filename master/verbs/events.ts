import { setImmediate as breathe } from 'node:timers/promises'
import { z } from 'zod'
import type { JsonObject } from '../../protocol/json.ts'
import { eventVisibility } from '../access/event-visibility.ts'
import { visibilityOf } from '../access/pick.ts'
import { defineVerb, lines } from './define.ts'

export interface EventLine {
  readonly seq: number
  readonly at: string
  readonly type: string
  readonly event: JsonObject
}

const PAGE = 500

const eventsVerb = defineVerb({
  name: 'events',
  input: z.strictObject({
    follow: z.boolean().default(false),
    after: z.number().int().min(0).optional(),
    limit: z.number().int().min(1).max(10_000).default(100),
  }),
  right: { on: 'filtered', kind: 'read' },
  streams: lines<EventLine>(),
  async run(context, { follow, after, limit }, { emit, signal, caller }) {
    const { store } = context
    const { log } = store
    const seenOf = eventVisibility(context, caller, await visibilityOf(context, caller, 'events'))
    let seen = after ?? Math.max(0, log.lastSeq() - limit)
    let left = limit
    const show = async (): Promise<void> => {
      while (!signal.aborted) {
        const page = log.read(seen, follow ? PAGE : Math.min(PAGE, left))
        for (const { seq, at, event } of page) {
          seen = seq
          const shown = seenOf(event)
          if (shown === undefined) continue
          const line: EventLine = { seq, at, type: shown.type, event: shown as unknown as JsonObject }
          emit(line)
        }
        left -= page.length
        if (page.length === 0 || (!follow && left <= 0)) return
        // A long log takes seconds: yield to other work, and give the reader time to read.
        await breathe()
      }
    }
    if (!follow) {
      await show()
      return { lastSeq: seen }
    }
    let news = Promise.withResolvers<void>()
    const wake = (): void => news.resolve()
    const unsubscribe = log.subscribe(wake)
    signal.addEventListener('abort', wake, { once: true })
    try {
      while (!signal.aborted) {
        news = Promise.withResolvers<void>()
        await show()
        if (!signal.aborted) await news.promise
      }
    } finally {
      unsubscribe()
    }
    return { lastSeq: seen }
  },
})

export const eventVerbs = [eventsVerb] as const
