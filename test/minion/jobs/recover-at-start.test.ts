import { describe, expect, it } from 'vitest'
import { recoverAtStart } from '../../../minion/jobs/recover-at-start.ts'
import { AppError } from '../../../protocol/errors.ts'

function fullFor(times: number, code: 'DISK_FULL' | 'STATE_DAMAGED' = 'DISK_FULL') {
  const said: string[] = []
  let left = times
  let attempts = 0
  const stop = new AbortController()
  return {
    said,
    stop,
    attempts: () => attempts,
    deps: {
      recover: () => {
        attempts += 1
        left -= 1
        return left >= 0 ? Promise.reject(new AppError({ code, message: 'no room' })) : Promise.resolve()
      },
      log: (event: string) => void said.push(event),
      signal: stop.signal,
      againMs: 1,
    },
  }
}

describe('an agent that starts after a kill', () => {
  it('on a full disk goes on, recovers when there is room, and says once that it waits', async () => {
    const scene = fullFor(3)

    const { done } = await recoverAtStart(scene.deps)
    expect(scene.attempts()).toBe(1)
    await done

    expect(scene.attempts()).toBe(4)
    expect(scene.said).toEqual(['recovery-waits'])
  })

  it('recovers once when there is room', async () => {
    const scene = fullFor(0)

    await (await recoverAtStart(scene.deps)).done

    expect(scene.attempts()).toBe(1)
    expect(scene.said).toEqual([])
  })

  it('does not start over damaged state', async () => {
    await expect(recoverAtStart(fullFor(1, 'STATE_DAMAGED').deps)).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
  })

  it('stops trying when it ends', async () => {
    const scene = fullFor(Number.POSITIVE_INFINITY)

    const { done } = await recoverAtStart(scene.deps)
    scene.stop.abort()

    await expect(done).resolves.toBeUndefined()
  })
})
