import { problemsOf } from '../../protocol/errors.ts'
import type { MinionId } from '../../protocol/ids.ts'
import type { ControlContext } from '../context.ts'
import { compileMinions, demandCompiled } from '../control/compile-minions.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { isFinal } from '../store/tables/run-states.ts'
import { orderJob, prepareRuns } from './order.ts'

const BOOT_ORDER_LIFETIME_MS = 24 * 3_600_000

/**
 * Answers a minion that asks for the highstate of its kernel boot: one order per boot, even if the master or minion restarts
 * meanwhile. If no catalog compiles, the answer is to use the cached one.
 */
export async function answerBoot(context: ControlContext, minion: MinionId, bootId: string): Promise<void> {
  const { store, links, dispatcher } = context
  const known = store.runs.ofBoot(minion, bootId)
  if (known !== undefined) {
    links.answerBoot(minion, bootId, isFinal(known.state) ? 'nothing' : 'order')
    return
  }
  try {
    const snapshot = await takeSnapshot(context)
    const one = snapshot.minions.find(({ id }) => id === minion)
    if (one === undefined || one.roles.length === 0) return links.answerBoot(minion, bootId, 'nothing')
    const { compiled } = demandCompiled(await compileMinions(context, snapshot, [one], { issue: true }), true)
    const git = await snapshot.git()
    const prepared = await prepareRuns(context, compiled)
    // The minion may have asked again during the compile.
    if (store.runs.ofBoot(minion, bootId) !== undefined) return
    const expiresAt = new Date(context.now() + BOOT_ORDER_LIFETIME_MS).toISOString()
    const wish = {
      verb: 'apply',
      origin: 'boot',
      target: minion,
      operator: `minion ${minion}`,
      options: {},
      git,
      expiresAt,
      bootId,
    } as const
    const { job } = orderJob(context, snapshot, wish, prepared)
    // Already superseded: an apply with newer content has been sent to the minion.
    const isOver = store.runs.ofJob(job).every(({ state }) => isFinal(state))
    links.answerBoot(minion, bootId, isOver ? 'nothing' : 'order')
    dispatcher.delivery.deliverJob(job)
  } catch (thrown) {
    context.warn('the boot highstate could not be compiled', { minion, problems: problemsOf(thrown) })
    links.answerBoot(minion, bootId, 'cached')
  }
}
