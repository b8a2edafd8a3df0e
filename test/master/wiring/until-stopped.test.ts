import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { untilStopped } from '../../../master/wiring/until-stopped.ts'

it.each(['SIGTERM', 'SIGINT'])(
  'the master handles %s while it is still notifying systemd of its readiness',
  async signal => {
    const signals = new EventEmitter()
    const over = untilStopped(() => new Promise(() => undefined), signals)

    signals.emit(signal)

    await expect(over).resolves.toBeUndefined()
  },
)

it('the master keeps running after it notified systemd until it gets a signal', async () => {
  const signals = new EventEmitter()
  let isOver = false
  const told = Promise.resolve()
  const over = untilStopped(() => told, signals).then(() => (isOver = true))
  await told
  await Promise.resolve()
  expect(isOver).toBe(false)

  signals.emit('SIGTERM')
  await over
})

it('the master exits when systemd cannot be notified', async () => {
  await expect(untilStopped(() => Promise.reject(new Error('no socket')), new EventEmitter())).rejects.toThrow(
    'no socket',
  )
})
