import { expect, it } from 'vitest'
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

it('an agent that starts on a full disk continues, recovers when there is room, and logs once that it waits', async () => {
  const scene = fullFor(3)

  const { done } = await recoverAtStart(scene.deps)
  expect(scene.attempts()).toBe(1)
  await done

  expect(scene.attempts()).toBe(4)
  expect(scene.said).toEqual(['recovery-waits'])
})

it('an agent that starts after a kill recovers once when there is room', async () => {
  const scene = fullFor(0)

  await (await recoverAtStart(scene.deps)).done

  expect(scene.attempts()).toBe(1)
  expect(scene.said).toEqual([])
})

it('an agent does not start with damaged state', async () => {
  await expect(recoverAtStart(fullFor(1, 'STATE_DAMAGED').deps)).rejects.toMatchObject({ code: 'STATE_DAMAGED' })
})

it('an agent stops retrying its recovery when it stops', async () => {
  const scene = fullFor(Number.POSITIVE_INFINITY)

  const { done } = await recoverAtStart(scene.deps)
  scene.stop.abort()

  await expect(done).resolves.toBeUndefined()
})
