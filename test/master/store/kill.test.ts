import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../../master/store/open.ts'
import { temporaryDirectory } from './fixture.ts'
import { newReport, runId } from './rows.ts'

const ROUNDS = 4
const APPEND = join(import.meta.dirname, 'append-forever.ts')
const COMMIT = join(import.meta.dirname, 'commit-forever.ts')

it.each([
  ['storing', APPEND],
  ['storing in shared transactions', COMMIT],
])(
  'a master killed while %s loses nothing it acknowledged, and its log and views are intact',
  async (_name, program) => {
    const directory = temporaryDirectory()
    let acknowledged = 0

    for (let round = 1; round <= ROUNDS; round++) {
      acknowledged = await killedAfter(program, directory, acknowledged + 7 * round)

      const store = openStore(directory, { now: () => Date.now() })
      expect(store.log.verify()).toMatchObject({ ok: true })
      expect(store.rebuildViews()).toEqual([])
      for (let number = 1; number <= acknowledged; number++) {
        expect(store.reports.get(runId(number))).toEqual(newReport(number))
      }
      store.close()
    }
  },
)

it('the store is locked for others by process id while its master lives, and no longer', async () => {
  const directory = temporaryDirectory()
  const child = startChild(directory)
  await once(child.stdout, 'data')

  expect(() => openStore(directory, { now: () => 0 })).toThrow(
    expect.objectContaining({ code: 'STORE_LOCKED', message: expect.stringContaining(`process ${child.pid}`) }),
  )
  child.kill('SIGKILL')
  await once(child, 'close')

  openStore(directory, { now: () => 0 }).close()
})

/** Kills the child without warning after it acknowledged `number`; returns the last number it acknowledged. */
async function killedAfter(program: string, directory: string, number: number): Promise<number> {
  const child = startChild(directory, program)
  const closed = once(child, 'close')
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (lastNumber(text) >= number) child.kill('SIGKILL')
  })
  const [, signal] = await closed
  expect(signal).toBe('SIGKILL')
  return lastNumber(text)
}

function startChild(directory: string, program = APPEND): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, [program, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return child
}

/** Only complete lines count. */
function lastNumber(text: string): number {
  return Number(text.split('\n').at(-2) ?? 0)
}
