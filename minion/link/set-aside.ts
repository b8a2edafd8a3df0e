import { problemsOf } from '../../protocol/errors.ts'
import type { RunId } from '../../protocol/ids.ts'
import type { Outbox } from './outbox.ts'

export interface RefusedListener {
  /**
   * Called when a report that the master refused for good has been kept on disk for inspection, or was discarded. The run is over:
   * its journal must not become another report.
   */
  onSetAside(run: RunId): Promise<void>
}

interface SetAsideDeps {
  readonly outbox: Pick<Outbox, 'setAside' | 'setAsideAgain' | 'delete'>
  readonly listener: RefusedListener
  readonly log: (event: string, data: { readonly [key: string]: unknown }) => void
}

const KEPT =
  'The report is kept in memory, and written to the outbox when there is space. See `df -h` and `minion status` on this host.'
const DROPPED = 'Too many such reports are in memory. The log of the master says why it refused them.'

/** Sets aside the report of a run that the master refused for good; logs what could not be written. */
export async function setAside({ outbox, listener, log }: SetAsideDeps, run: RunId): Promise<void> {
  const { written, left, dropped, cause } = await outbox.setAside(run)
  for (const one of written) await listener.onSetAside(one)
  for (const one of dropped) {
    log('report-dropped', { run: one, hint: DROPPED })
    await listener.onSetAside(one)
    await outbox.delete(one)
  }
  if (!left.includes(run)) return
  const [{ code, message }] = problemsOf(cause)
  log('report-not-set-aside', { run, left: left.length, code, message, hint: KEPT })
}

/** Retries reports that the disk had no room for. */
export async function setAsideAgain({ outbox, listener, log }: SetAsideDeps): Promise<void> {
  for (const run of (await outbox.setAsideAgain()).written) {
    await listener.onSetAside(run)
    log('report-set-aside', { run })
  }
}
