import type { SignedOrder } from '../../protocol/messages.ts'
import { type OpenedOrder, type OrderExpectation, openOrder } from '../../protocol/order.ts'
import type { DurableNumbers } from './durable-state.ts'

export interface AcceptedOrder {
  readonly opened: OpenedOrder
  /** Await it before obeying: a replay after a crash then finds the sequence used. Rejects when the disk takes nothing. */
  readonly written: Promise<void>
}

/**
 * The verified order, once: its sequence is taken in memory in the same step as it is checked, so that of two copies one is refused
 * however long the disk takes. Throws ORDER_REFUSED.
 */
export function acceptOrder(
  order: SignedOrder,
  expected: Omit<OrderExpectation, 'highestSequence'>,
  numbers: DurableNumbers,
): AcceptedOrder {
  const opened = openOrder(order, { ...expected, highestSequence: numbers.highestSequence })
  return { opened, written: numbers.takeSequence(opened.body.sequence) }
}
