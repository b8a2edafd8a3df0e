import { networkOf } from '../keys/source.ts'

/** Writes a line with its data to the master's log. */
export type LogLine = (event: string, data: { readonly [key: string]: unknown }) => void

export interface Incidents {
  /** Logs the first incident of one kind and reason from one peer at once, and further ones as one count per minute. */
  readonly note: LogLine
  /** Logs counts that are not logged yet. */
  flush(): void
  /** Flushes, and stops the timer. */
  close(): void
}

const WINDOW_MS = 60_000
/** Kinds and reasons that are counted separately; further ones are counted together by kind. */
const MOST_COUNTED = 1000
/** Reasons of one kind from one peer that are counted separately: text chosen by a peer must not create unlimited log lines. */
const MOST_REASONS = 5

/**
 * Creates the log of everything that a peer can cause without limit (refused connections, messages, blobs, reports). The peer
 * is `minion` of the data, else the network of its `address`. A line with `repeated` counts further incidents.
 */
export function createIncidents(log: LogLine, windowMs = WINDOW_MS): Incidents {
  const counted = new Map<string, Counted>()
  /** Number of reasons counted separately, by kind and peer. */
  const reasons = new Map<string, number>()
  const flush = (): void => {
    reasons.clear()
    for (const [key, one] of counted) {
      // After a whole quiet window, the next incident is logged at once again.
      if (one.more === 0) {
        counted.delete(key)
        continue
      }
      reasons.set(one.own, (reasons.get(one.own) ?? 0) + 1)
      const { event, about, more } = one
      one.more = 0
      log(event, { ...about, repeated: more })
    }
  }
  const timer = setInterval(flush, windowMs)
  timer.unref()
  return {
    note: (event, data) => {
      const peer = peerOf(data)
      const reason = reasonOf(data)
      const own = `${event} ${JSON.stringify(peer)}`
      const precise = `${own} ${JSON.stringify(reason)}`
      const known = [precise, own, event].map(key => counted.get(key))
      const isNew = known[0] === undefined && (reasons.get(own) ?? 0) < MOST_REASONS && counted.size < MOST_COUNTED
      if (isNew) {
        reasons.set(own, (reasons.get(own) ?? 0) + 1)
        counted.set(precise, { event, own, about: { ...peer, ...reason }, more: 0 })
        return log(event, data)
      }
      const one = known.find(Boolean)
      if (one !== undefined) {
        one.more += 1
        return
      }
      const isCrowd = counted.size >= MOST_COUNTED
      counted.set(isCrowd ? event : own, { event, own: isCrowd ? event : own, about: isCrowd ? {} : peer, more: 0 })
      log(event, data)
    },
    flush,
    close: () => {
      clearInterval(timer)
      flush()
    },
  }
}

type Facts = { readonly [key: string]: unknown }

interface Counted {
  readonly event: string
  /** Kind and peer. */
  readonly own: string
  readonly about: Facts
  more: number
}

function reasonOf({ reason, message }: Facts): Facts {
  const text = reason ?? message
  return typeof text === 'string' ? { reason: text.slice(0, 200) } : {}
}

function peerOf({ minion, address }: Facts): Facts {
  if (typeof minion === 'string') return { minion }
  return typeof address === 'string' ? { network: networkOf(address) } : {}
}
