import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import type { RemoteChannel } from '../../../../master/cli/session/remote-channel.ts'
import { runTerminal } from '../../../../master/cli/session/terminal-session.ts'

/** A channel to a program that never reads: what is typed stays in a buffer of 16 KiB and grows from there. */
function deafChannel(): { readonly channel: RemoteChannel; readonly closed: () => boolean } {
  let closed = false
  const channel: RemoteChannel = {
    minion: 'm1',
    input: new PassThrough({ highWaterMark: 16 * 1024 }),
    output: new PassThrough(),
    errors: new PassThrough(),
    ended: new Promise(() => undefined),
    signal: () => undefined,
    resize: () => undefined,
    close: () => {
      closed = true
    },
  }
  return { channel, closed: () => closed }
}

function keyboard(): PassThrough & NodeJS.ReadStream {
  const raw = Object.assign(new PassThrough(), { isTTY: false, isRaw: false, setRawMode: () => raw })
  return raw as unknown as PassThrough & NodeJS.ReadStream
}

it('leaves a terminal by `~.` although its program has left 100 kB of a paste unread', async () => {
  const { channel, closed } = deafChannel()
  const input = keyboard()
  const running = runTerminal(channel, { input, output: new PassThrough() }, new AbortController().signal)

  input.write(Buffer.alloc(100 * 1024, 'a'))
  input.write('\r~.')

  expect(await running).toMatchObject({ problem: { code: 'SESSION_LOST' } })
  expect(closed()).toBe(true)
})

it('pauses the keyboard of a terminal when more than 1 MiB of a paste is unread', async () => {
  const { channel } = deafChannel()
  const input = keyboard()
  const stop = new AbortController()
  const running = runTerminal(channel, { input, output: new PassThrough() }, stop.signal)
  const paused = new Promise(resolve => input.once('pause', resolve))

  input.write(Buffer.alloc(2 * 1024 * 1024, 'a'))
  await paused
  stop.abort()

  expect(await running).toMatchObject({ problem: { code: 'SESSION_LOST' } })
})
