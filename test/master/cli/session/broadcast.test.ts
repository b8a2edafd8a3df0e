import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { broadcast } from '../../../../master/cli/session/broadcast.ts'
import { until } from '../../../journey/scene.ts'

const PIECE = 'x'.repeat(10_000)

it('broadcast writes everything to every sink and ends them', async () => {
  const [source, a, b] = [new PassThrough(), new PassThrough(), new PassThrough()]
  broadcast(source, [a, b])

  source.write('one ')
  source.end('two')

  expect(await Promise.all([text(a), text(b)])).toEqual(['one two', 'one two'])
})

it('broadcast waits for the slowest sink and ignores a closed one', async () => {
  const [source, slow, fast] = [new PassThrough(), new PassThrough(), new PassThrough()]
  let came = 0
  fast.on('data', (chunk: Buffer) => (came += chunk.length))
  broadcast(source, [slow, fast])
  for (let piece = 0; piece < 100; piece += 1) source.write(PIECE)
  source.end()
  await until('it is held back', () => slow.writableNeedDrain)

  expect(came).toBeLessThan(1_000_000)
  slow.destroy()

  await until('the other one has all', () => came === 1_000_000)
  expect(fast.writableEnded).toBe(true)
})

it('broadcast stops on request or when no sink is left, and loses no input', async () => {
  const [source, only, next] = [new PassThrough(), new PassThrough(), new PassThrough()]
  broadcast(source, [only])
  only.destroy()
  await until('nobody listens', () => source.listenerCount('data') === 0)
  source.write('for the next')

  const stop = broadcast(source, [next])
  expect(String(await new Promise(resolve => next.once('data', resolve)))).toBe('for the next')
  stop()

  expect(source.isPaused()).toBe(true)
  expect(source.destroyed).toBe(false)
  expect(next.writableEnded).toBe(false)
})
