import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../../master/store/open.ts'
import { temporaryDirectory } from './fixture.ts'
import { newReport, runId } from './rows.ts'

const ROUNDS = 4

describe('a master that is killed while it stores', () => {
  it('has lost nothing that it acknowledged, and its log and views are whole', async () => {
    const directory = temporaryDirectory()
    let acknowledged = 0

    for (let round = 1; round <= ROUNDS; round++) {
      acknowledged = await killedAfter(directory, acknowledged + 7 * round)

      const store = openStore(directory, { now: () => Date.now() })
      expect(store.log.verify()).toMatchObject({ ok: true })
      expect(store.rebuildViews()).toEqual([])
      for (let number = 1; number <= acknowledged; number++) {
        expect(store.reports.get(runId(number))).toEqual(newReport(number))
      }
      store.close()
    }
  })
})

/** The last number that the child acknowledged, when it was killed without warning after it had come to `number`. */
async function killedAfter(directory: string, number: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'append-forever.ts'), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return await lastLine(child, number)
}

async function lastLine(child: ChildProcess, killAt: number): Promise<number> {
  let text = ''
  const closed = once(child, 'close')
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    if (lastNumber(text) >= killAt) child.kill('SIGKILL')
  })
  const [, signal] = await closed
  expect(signal).toBe('SIGKILL')
  return lastNumber(text)
}

/** Only whole lines count. */
function lastNumber(text: string): number {
  return Number(text.split('\n').at(-2) ?? 0)
}
