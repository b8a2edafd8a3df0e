import { expect, it } from 'vitest'
import { onApplyEvent, statusLine } from '../../../master/cli/render/live.ts'
import { createStyle } from '../../../master/cli/render/style.ts'

/** Counts what is read of it one by one. */
class CountedMap extends Map<string, string> {
  reads = 0
  override *[Symbol.iterator](): MapIterator<[string, string]> {
    for (const entry of super.entries()) {
      this.reads += 1
      yield entry
    }
    return undefined
  }
}

it('an event of a job, and the status line after it, cost the same whatever the number of its minions', () => {
  const style = createStyle(false, 80)
  const reads = [100, 200, 400].map(minions => {
    const now = new CountedMap()
    let screen: Parameters<typeof onApplyEvent>[0] = { minions, finished: 0, now }
    for (let at = 0; at < minions; at++) {
      const event = { type: 'run', minion: `m${at}`, run: 'run-1', state: 'running', states: 20 } as never
      screen = onApplyEvent(screen, event, style).screen
      statusLine(screen, style)
    }
    expect(now.size).toBe(minions)
    return now.reads / minions
  })

  for (const each of reads) expect(each).toBeLessThan(8)
})
