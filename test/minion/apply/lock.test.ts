import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
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

it('lockApply waits until the holder has released the lock, and reports its pid once', async () => {
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

it.each(['', '1', String(process.pid), 'no number'])(
  'lockApply takes a stale lock file that contains %j',
  async content => {
    const path = await freshPath()
    await writeFile(path, content)

    const release = await lockApply(path, alone)

    await release()
  },
)

it('lockApply gives the lock to exactly one waiter when the holder is killed', async () => {
  const path = await freshPath()
  const program = `const { lockApply } = await import(process.argv[1])
      await lockApply(process.argv[2], { signal: new AbortController().signal, onWait: () => {} })
      console.log('in'); setInterval(() => {}, 1000)`
  const lock = join(import.meta.dirname, '../../../minion/apply/lock.ts')
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, lock, path])
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  let inside = 0
  let most = 0
  const waiting = Array.from({ length: 5 }, async () => {
    const release = await lockApply(path, { signal: alone.signal, onWait: () => undefined })
    inside += 1
    most = Math.max(most, inside)
    await new Promise(resolve => setImmediate(resolve))
    inside -= 1
    await release()
  })

  holder.kill('SIGKILL')
  await Promise.all(waiting)

  expect(most).toBe(1)
})

it('lockApply stops waiting when the run is cancelled', async () => {
  const path = await freshPath()
  const release = await lockApply(path, alone)
  const cancel = new AbortController()

  const second = lockApply(path, { signal: cancel.signal, onWait: () => cancel.abort() })

  await expect(second).rejects.toThrow(/abort/i)
  await release()
})
