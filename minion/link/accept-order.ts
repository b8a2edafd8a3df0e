import type { SignedOrder } from '../../protocol/messages.ts'
import { type OpenedOrder, type OrderExpectation, openOrder } from '../../protocol/order.ts'
import type { DurableNumbers } from './durable-state.ts'

export interface AcceptedOrder {
  readonly opened: OpenedOrder
  /**
   * Wait for it before obeying, so that a replay after a crash finds the sequence used. Rejects when the disk cannot be
   * written.
   */
  readonly written: Promise<void>
}

/**
 * Verifies an order. Its sequence is checked and taken in memory in one step, so one of two copies is refused however long the
 * disk takes. Throws ORDER_REFUSED.
 */
export function acceptOrder(
  order: SignedOrder,
  expected: Omit<OrderExpectation, 'highestSequence'>,
  numbers: DurableNumbers,
): AcceptedOrder {
  const opened = openOrder(order, { ...expected, highestSequence: numbers.highestSequence })
  return { opened, written: numbers.takeSequence(opened.body.sequence) }
}
