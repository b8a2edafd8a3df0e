import { AppError, type Problem, problemsOf } from '../../protocol/errors.ts'
import { reveal } from '../../protocol/secret.ts'
import type { ControlContext } from '../context.ts'
import { scheduleInForce } from '../control/schedule-in-force.ts'
import { takeSnapshot } from '../control/snapshot.ts'
import { retryDelayMs } from '../delivery/retry.ts'
import { send } from '../delivery/send.ts'
import { parsePillarPath } from '../pillar/path.ts'
import { mergePillar } from '../pillar/tree.ts'
import type { Recipient } from '../schedule/entry.ts'
import type { Delivery } from '../store/tables/deliveries.ts'
import { pillarAt } from '../yaml/pillar-tree.ts'
import { loadDocument } from './deliver.ts'

/** Delivers what is in the outbox. */
export interface DeliveryOutbox {
  /** Attempts every delivery that is due. Never throws; a second call during an attempt waits for the first. */
  look(): Promise<void>
  /** Resolves when no delivery is being attempted. */
  idle(): Promise<void>
}

const AT_ONCE = 50

type DeliveryOutboxContext = Pick<ControlContext, 'store' | 'now' | 'warn'>

interface DeliveryWorld {
  /** Returns the current `deliver` targets. */
  readonly recipients: () => Promise<ReadonlyMap<string, Recipient>>
  readonly openSecret: (pillarPath: string) => Promise<string>
}

export function createDeliveryOutbox(context: DeliveryOutboxContext, world: DeliveryWorld): DeliveryOutbox {
  const { store, now, warn } = context
  let working: Promise<void> | undefined
  const bring = async (delivery: Delivery): Promise<void> => {
    const recipient = (await world.recipients()).get(delivery.recipient)
    if (recipient === undefined) throw gone(delivery.recipient)
    const document = loadDocument(store, delivery.document)
    const message = { id: delivery.id, at: new Date(delivery.queuedAt), document }
    const refused = await send(recipient, message, { now, openSecret: world.openSecret })
    if (refused.length > 0) {
      warn('a mail server accepted a delivery for some addresses only', { delivery: delivery.id, refused })
    }
  }
  /** Results of attempts that could not be recorded, because of a full disk: they are recorded before another attempt is made. */
  const unwritten = new Map<string, () => void>()
  const write = (id: string, settle: () => void): void => {
    try {
      settle()
      unwritten.delete(id)
    } catch (thrown) {
      if (!unwritten.has(id)) warn('a delivery could not be stored', { delivery: id, problems: problemsOf(thrown) })
      unwritten.set(id, settle)
    }
  }
  const tryOne = async (delivery: Delivery): Promise<void> => {
    const { id } = delivery
    const settle = unwritten.get(id)
    if (settle !== undefined) return write(id, settle)
    try {
      await bring(delivery)
    } catch (thrown) {
      const settled = notTaken(context, delivery, problemsOf(thrown)[0])
      return write(id, settled)
    }
    write(id, () => store.deliveries.done(delivery))
  }
  const tryAll = async (due: readonly Delivery[]): Promise<void> => {
    // A recipient that hangs must not delay the others.
    const lines = Map.groupBy(due, ({ recipient }) => recipient)
    await Promise.all(
      [...lines.values()].map(async line => {
        for (const delivery of line) await tryOne(delivery)
      }),
    )
  }
  const lookOnce = async (): Promise<void> => {
    try {
      await tryAll(store.deliveries.due(now(), AT_ONCE))
    } catch (thrown) {
      warn('the outbox could not be processed', { problems: problemsOf(thrown) })
    }
  }
  return {
    look: () =>
      (working ??= lookOnce().finally(() => {
        working = undefined
      })),
    idle: async () => working,
  }
}

/** Creates the delivery environment for the fleet of a context. */
export function deliveryWorld(context: ControlContext): DeliveryWorld {
  return {
    recipients: async () => (await scheduleInForce(context)).recipients,
    async openSecret(path) {
      const { pillar } = await takeSnapshot(context)
      const [first, ...rest] = [...pillar.files.values()]
      const tree = first === undefined ? undefined : rest.reduce(mergePillar, first)
      const node = tree === undefined ? undefined : pillarAt(tree, parsePillarPath(path))
      if (node?.kind === 'secret') return reveal(node.secret)
      throw new AppError({
        code: 'DELIVERY_FAILED',
        message: `the pillar has no sealed value at \`${path}\``,
        hint: `Seal it: \`master pillar set ${path} < file\`.`,
      })
    },
  }
}

/** Returns how to record a failed attempt: permanent errors are given up at once, others when their time is over. */
function notTaken({ store, now, warn }: DeliveryOutboxContext, delivery: Delivery, problem: Problem): () => void {
  const { id, recipient } = delivery
  const never = problem.code === 'RECIPIENT_UNKNOWN' || problem.code === 'DOCUMENT_TOO_LARGE'
  const giveUp = Date.parse(delivery.giveUpAt)
  warn('a delivery failed', { delivery: id, recipient, attempts: delivery.attempts + 1, problem })
  if (never || now() >= giveUp) return () => store.deliveries.giveUp(delivery, problem)
  const next = Math.min(now() + retryDelayMs(delivery.attempts + 1), giveUp)
  return () => store.deliveries.failedOnce(delivery, problem, new Date(next).toISOString())
}

function gone(recipient: string): AppError {
  return new AppError({
    code: 'RECIPIENT_UNKNOWN',
    message: `\`deliver\` in schedule.yml has no \`${recipient}\``,
    hint: 'Add it again, or use another one in `recipients`.',
  })
}
