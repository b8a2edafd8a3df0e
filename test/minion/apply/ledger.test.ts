import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type LedgerEntry, loadLedger } from '../../../minion/apply/ledger.ts'
import { keyOf } from './engine-scene.ts'

const entry = (name: string): LedgerEntry => ({
  key: keyOf('file.managed', name),
  type: 'file.managed',
  id: name,
  name,
  role: 'test',
  declaredAt: [],
  made: true,
  onOrphan: 'report',
  watchers: [],
})

async function freshPath(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-ledger-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'state', 'ledger.jsonl')
}

describe('the ledger', () => {
  it('has what was claimed and not released, whoever opens it', async () => {
    const path = await freshPath()
    const ledger = await loadLedger(path)
    await ledger.claim(
      new Map([
        ['file:/a', entry('/a')],
        ['file:/b', entry('/b')],
      ]),
    )
    await ledger.release(['file:/a', 'file:/never'])

    expect([...(await loadLedger(path)).entries]).toEqual([['file:/b', entry('/b')]])
  })

  it('takes half a line for what it is, and loses nothing that came after it', async () => {
    const path = await freshPath()
    await (await loadLedger(path)).claim(new Map([['file:/a', entry('/a')]]))
    await appendFile(path, '["file:/b",{"key":')

    await (await loadLedger(path)).claim(new Map([['file:/c', entry('/c')]]))

    expect([...(await loadLedger(path)).entries.keys()]).toEqual(['file:/a', 'file:/c'])
  })

  it('stays small though things come and go', async () => {
    const path = await freshPath()
    const ledger = await loadLedger(path)
    for (let turn = 0; turn < 100; turn++) {
      await ledger.claim(new Map([['file:/a', entry('/a')]]))
      await ledger.release(['file:/a'])
    }

    expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(60)
  })
})
