import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lockApply } from '../../../minion/apply/lock.ts'

async function freshPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-lock-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'apply.lock')
}

const alone = {
  signal: new AbortController().signal,
  onWait: (pid: number) => {
    throw new Error(`waits for ${pid}`)
  },
}

describe('lockApply', () => {
  it('lets the second in only after the first has ended, and says once whom it waits for', async () => {
    const path = await freshPath()
    const told: number[] = []
    const order: string[] = []
    const release = await lockApply(path, alone)
    const { promise: waits, resolve } = Promise.withResolvers<void>()

    const second = lockApply(path, {
      signal: alone.signal,
      onWait: pid => {
        told.push(pid)
        resolve()
      },
    }).then(releaseSecond => {
      order.push('second in')
      return releaseSecond()
    })
    await waits
    order.push('first out')
    await release()
    await second

    expect(order).toEqual(['first out', 'second in'])
    expect(told).toEqual([process.pid])
  })

  it.each([
    ['whose process is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
    ['whose process id now belongs to another', JSON.stringify({ pid: process.pid, started: '1' })],
    ['that is empty, as a kill may leave it', ''],
  ])('takes a lock %s', async (_what, content) => {
    const path = await freshPath()
    await writeFile(path, content)

    const release = await lockApply(path, alone)
    await release()

    expect(await readdir(join(path, '..'))).toEqual([])
  })

  it('stops waiting when the run is cancelled', async () => {
    const path = await freshPath()
    const release = await lockApply(path, alone)
    const cancel = new AbortController()

    const second = lockApply(path, { signal: cancel.signal, onWait: () => cancel.abort() })

    await expect(second).rejects.toThrow(/abort/i)
    await release()
  })
})
