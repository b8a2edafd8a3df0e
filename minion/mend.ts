import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../protocol/errors.ts'
import { checkArmed } from './apply/confirm-window.ts'
import { checkLedger } from './apply/ledger.ts'
import { checkSealingKey } from './identity.ts'
import { checkCatalog } from './jobs/catalog-cache.ts'
import { minionPaths } from './jobs/run-catalog.ts'
import { checkNumbers } from './link/durable-state.ts'
import { checkReport } from './link/outbox.ts'
import { setAside } from './state/state-file.ts'
import { checkAppliedKey, checkAppliedValues } from './system/applied-values.ts'

interface Rebuilt {
  readonly file: string
  /** Throws STATE_DAMAGED. */
  readonly check: (path: string) => Promise<void>
  /** Consequence to report to the operator. */
  readonly effect: string
}

/**
 * Files of a minion's state directory that the agent can work without when they are damaged (docs/state-directories.md). Files
 * it needs throw where they are read: `minion.yml`, `identity/identity.key`, `owed.json`.
 */
const REBUILT: readonly Rebuilt[] = [
  {
    file: 'link.json',
    check: checkNumbers,
    effect:
      'the connection counter restarts from the clock, and the cached catalog cannot be used until the next connection',
  },
  { file: 'catalog.json', check: checkCatalog, effect: 'there is no cached catalog until the next apply' },
  {
    file: 'identity/sealing.key',
    check: checkSealingKey,
    effect: 'a new sealing key is created; the cached catalog can be used again after the next apply',
  },
  {
    file: 'ledger.jsonl',
    check: checkLedger,
    effect: 'entries in its damaged lines are lost: what they name is reported, but never removed',
  },
  { file: 'applied.json', check: checkAppliedValues, effect: 'write-only values are written once more' },
  { file: 'applied.key', check: checkAppliedKey, effect: 'write-only values are written once more' },
  {
    file: 'confirm.json',
    check: checkArmed,
    effect: 'unconfirmed changes are NOT reverted: compare this host with the last report',
  },
  {
    file: 'reverted.json',
    check: checkArmed,
    effect: 'the report of the killed run does not say that its changes were reverted',
  },
]

type Log = (event: string, data: { readonly [key: string]: unknown }) => void

/**
 * Moves damaged files aside, as `<name>.damaged`, so that the agent starts without them; each is logged. Call only while
 * holding the lock of the state directory.
 */
export async function mendState(stateDirectory: string, log: Log): Promise<void> {
  for (const { file, check, effect } of REBUILT) await mend(join(stateDirectory, file), check, effect, log)
  const { outbox } = minionPaths(stateDirectory)
  const names = await readdir(outbox).catch(() => [])
  for (const name of names.filter(name => name.endsWith('.report'))) {
    await mend(join(outbox, name), checkReport, 'the report of this run is lost', log)
  }
}

async function mend(path: string, check: Rebuilt['check'], effect: string, log: Log): Promise<void> {
  try {
    await check(path)
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'STATE_DAMAGED') throw thrown
    log('state-damaged', { path, message: thrown.message, kept: await setAside(path), effect })
  }
}
