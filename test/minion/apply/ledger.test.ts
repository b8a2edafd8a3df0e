import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
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

it('the ledger contains what was claimed and not released, also when it is opened again', async () => {
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

it('the ledger ignores an incomplete line and loses nothing written after it', async () => {
  const path = await freshPath()
  await (await loadLedger(path)).claim(new Map([['file:/a', entry('/a')]]))
  await appendFile(path, '["file:/b",{"key":')

  await (await loadLedger(path)).claim(new Map([['file:/c', entry('/c')]]))

  expect([...(await loadLedger(path)).entries.keys()]).toEqual(['file:/a', 'file:/c'])
})

it('the ledger file stays small when resources are claimed and released repeatedly', async () => {
  const path = await freshPath()
  const ledger = await loadLedger(path)
  for (let turn = 0; turn < 100; turn++) {
    await ledger.claim(new Map([['file:/a', entry('/a')]]))
    await ledger.release(['file:/a'])
  }

  expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(60)
})
