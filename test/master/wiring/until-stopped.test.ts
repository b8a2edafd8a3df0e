import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { untilStopped } from '../../../master/wiring/until-stopped.ts'

describe('the master after its start', () => {
  it.each(['SIGTERM', 'SIGINT'])('hears %s while systemd is still being told that it is ready', async signal => {
    const signals = new EventEmitter()
    const over = untilStopped(() => new Promise(() => undefined), signals)

    signals.emit(signal)

    await expect(over).resolves.toBeUndefined()
  })

  it('goes on until a signal when systemd was told', async () => {
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

  it('ends when systemd cannot be told', async () => {
    await expect(untilStopped(() => Promise.reject(new Error('no socket')), new EventEmitter())).rejects.toThrow(
      'no socket',
    )
  })
})
