import { EventEmitter } from 'node:events'
import { expect, it } from 'vitest'
import { hiddenLine } from '../../protocol/hidden-line.ts'

/** A terminal that records its mode when something is shown. */
class Keyboard extends EventEmitter {
  raw = false
  readonly seen: string[] = []
  setRawMode(raw: boolean): void {
    this.raw = raw
  }
  resume(): void {}
  pause(): void {}
  ask(signal?: AbortSignal): Promise<string> {
    const write = (text: string): void => void this.seen.push(`${this.raw ? 'raw' : 'cooked'} ${text}`)
    const wish = { prompt: 'Secret: ', write, stdin: this, interrupted: 'no secret was given' }
    return hiddenLine(signal === undefined ? wish : { ...wish, signal })
  }
  type(...pieces: string[]): void {
    for (const piece of pieces) this.emit('data', Buffer.from(piece))
  }
}

it('hiddenLine sets raw mode before the prompt, echoes nothing, and ends with Enter', async () => {
  const keyboard = new Keyboard()
  const line = keyboard.ask()
  keyboard.type('se', 'x\u007f', 'cret\r')

  expect(await line).toBe('secret')
  expect(keyboard.seen).toEqual(['raw Secret: ', 'cooked \n'])
  expect(keyboard.eventNames()).toEqual([])
})

it.each([
  ['ctrl-C', (keyboard: Keyboard) => keyboard.type('se\u0003')],
  ['ctrl-D', (keyboard: Keyboard) => keyboard.type('\u0004')],
  ['the end of the terminal', (keyboard: Keyboard) => keyboard.emit('end')],
])('hiddenLine is aborted by %s and restores the terminal', async (_how, leave) => {
  const keyboard = new Keyboard()
  const line = keyboard.ask()
  leave(keyboard)

  await expect(line).rejects.toMatchObject({ code: 'CALL_INTERRUPTED', message: 'no secret was given' })
  expect(keyboard.raw).toBe(false)
})

it('hiddenLine is aborted when the program is stopped, even before it prompts', async () => {
  const stop = new AbortController()
  const [first, second] = [new Keyboard(), new Keyboard()]
  const line = first.ask(stop.signal)
  stop.abort()

  await expect(line).rejects.toMatchObject({ code: 'CALL_INTERRUPTED' })
  await expect(second.ask(stop.signal)).rejects.toMatchObject({ code: 'CALL_INTERRUPTED' })
  expect([first.raw, second.raw]).toEqual([false, false])
})
