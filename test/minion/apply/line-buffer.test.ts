import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { lineBuffer } from '../../../minion/apply/line-buffer.ts'

it('the lines of a turn of the event loop are written together', async () => {
  const written: string[] = []
  const lines = lineBuffer(text => void written.push(text))

  for (const line of ['a', 'b', 'c']) lines.append(line)
  expect(written).toEqual([])
  await turn()

  expect(written).toEqual(['a\nb\nc\n'])
})

it('a flush writes what is left at once, and nothing twice', async () => {
  const written: string[] = []
  const lines = lineBuffer(text => void written.push(text))

  lines.append('a')
  lines.flush()
  await turn()
  lines.close()

  expect(written).toEqual(['a\n'])
})

it.each(['flush', 'turn'])('after a write that failed in a %s, every call throws and nothing is written', async how => {
  let tries = 0
  const lines = lineBuffer(() => {
    tries += 1
    throw new Error('no space left')
  })

  lines.append('a')
  if (how === 'flush') expect(() => lines.flush()).toThrow('no space left')
  else await turn()

  expect(() => lines.append('b')).toThrow('no space left')
  expect(() => lines.flush()).toThrow('no space left')
  lines.close()
  expect(tries).toBe(1)
})
