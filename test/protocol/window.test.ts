import { expect, it } from 'vitest'
import { ReceiveWindow, SendWindow } from '../../protocol/window.ts'

const broken = expect.objectContaining({ code: 'MESSAGE_INVALID' })

it('the send window shrinks with sent bytes and grows with grants', () => {
  const window = new SendWindow(100)

  window.spend(70)
  window.grant(20)

  expect(window.left).toBe(50)
})

it('the send window fails when more is sent than granted, or more granted than sent', () => {
  expect(() => new SendWindow(100).spend(101)).toThrow(broken)
  expect(() => new SendWindow(100).grant(1)).toThrow(broken)
})

it('the receive window grants consumed bytes in quarters, so that small pieces cost no message each', () => {
  const window = new ReceiveWindow(100)
  window.receive(100)

  expect([10, 10, 10, 10, 60].map(bytes => window.consume(bytes))).toEqual([0, 0, 30, 0, 70])
})

it('the receive window fails when the sender exceeds it', () => {
  const window = new ReceiveWindow(100)
  window.receive(60)

  expect(() => window.receive(41)).toThrow(broken)
})

it('send and receive windows never lose a byte of credit, whatever the pieces', () => {
  const [sender, reader] = [new SendWindow(1000), new ReceiveWindow(1000)]
  let seed = 7
  let sent = 0
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647)
  for (let round = 0; round < 10_000; round++) {
    const size = Math.min(sender.left, 1 + (random() % 300))
    sender.spend(size)
    reader.receive(size)
    sent += size
    const grant = reader.consume(size)
    if (grant > 0) sender.grant(grant)
  }

  expect(sent).toBeGreaterThan(1_000_000)
  expect(sender.left).toBeGreaterThan(750)
})
