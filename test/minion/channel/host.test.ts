import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { ChannelHandlers } from '../../../minion/channel/handlers.ts'
import { ChannelHost } from '../../../minion/channel/host.ts'
import { DEFAULT_RULES } from '../../../minion/config.ts'
import type { ChannelFromMinion } from '../../../protocol/channel.ts'
import { newSessionId } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { OpenPayload } from '../../../protocol/order.ts'

const SESSION = newSessionId(0, size => new Uint8Array(size))
const PAYLOAD: OpenPayload = {
  kind: 'open',
  channel: 1,
  operator: 'anna',
  request: { kind: 'exec', argv: ['sleep', '60'] },
}

function scene(handlers: Partial<ChannelHandlers> = {}) {
  const said: ChannelFromMinion[] = []
  const begun: string[] = []
  const never = (): never => {
    throw new Error('nobody asks for that')
  }
  const host = new ChannelHost({
    handlers: {
      exec: async ({ argv }) => {
        begun.push(argv.join(' '))
        return { exit: 0 }
      },
      terminal: never,
      tcp: never,
      'file-get': never,
      'file-put': never,
      ...handlers,
    },
    rules: DEFAULT_RULES,
    send: message => void said.push(message),
    room: () => undefined,
    elapsed: () => performance.now(),
    log: () => undefined,
  })
  return { host, said, begun }
}

/** Bytes that a session sends before its operator grants credit. */
async function sentWithoutCredit(window: number | undefined): Promise<number> {
  const { host, said } = scene({
    exec: async (_request, { output }) => {
      output.write(new Uint8Array(3 * LIMITS.wideWindowBytes))
      return { exit: 0 }
    },
  })
  host.open(SESSION, window === undefined ? PAYLOAD : { ...PAYLOAD, window }, host.link)
  await setImmediate()
  host.lost()
  await host.idle()
  return said.reduce((sum, message) => sum + (message.type === 'channel-data' ? message.data.length : 0), 0)
}

it('a session sends as much without credit as the window in its order allows', async () => {
  expect(await sentWithoutCredit(LIMITS.wideWindowBytes)).toBe(LIMITS.wideWindowBytes)
})

it('a session whose order has no window, as from an older master, uses the smallest one', async () => {
  expect(await sentWithoutCredit(undefined)).toBe(LIMITS.channelWindowBytes)
})

it('a session is closed when its operator sends more input than the window', async () => {
  let closed: unknown
  const { host, said } = scene({
    exec: async (_request, { signal }) => {
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      closed = signal.reason
      return { exit: 0 }
    },
  })
  host.open(SESSION, { ...PAYLOAD, window: LIMITS.wideWindowBytes }, host.link)
  const input = { type: 'channel-data', channel: 1, stream: 'in', data: new Uint8Array(32 * 1024) } as const
  for (let sent = 0; sent < LIMITS.wideWindowBytes; sent += input.data.length) host.take(input)
  expect(said.map(({ type }) => type)).not.toContain('channel-ended')
  host.take(input)
  await host.idle()

  expect(closed).toMatchObject({ code: 'MESSAGE_INVALID' })
})

it('a session starts on the link on which it was ordered', async () => {
  const { host, said, begun } = scene()
  host.open(SESSION, PAYLOAD, host.link)
  await host.idle()

  expect(begun).toEqual(['sleep 60'])
  expect(said.map(({ type }) => type)).toContain('channel-ended')
})

it('a session does not start when its link was lost in the meantime', async () => {
  const { host, said, begun } = scene()
  const link = host.link
  host.lost()
  host.open(SESSION, PAYLOAD, link)
  await host.idle()

  expect(begun).toEqual([])
  expect(said).toEqual([])
})
