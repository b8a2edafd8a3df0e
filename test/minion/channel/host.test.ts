import { expect, it } from 'vitest'
import { ChannelHost } from '../../../minion/channel/host.ts'
import { DEFAULT_RULES } from '../../../minion/config.ts'
import type { ChannelFromMinion } from '../../../protocol/channel.ts'
import { newSessionId } from '../../../protocol/ids.ts'
import type { OpenPayload } from '../../../protocol/order.ts'

const SESSION = newSessionId(0, size => new Uint8Array(size))
const PAYLOAD: OpenPayload = {
  kind: 'open',
  channel: 1,
  operator: 'anna',
  request: { kind: 'exec', argv: ['sleep', '60'] },
}

function scene() {
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
    },
    rules: DEFAULT_RULES,
    send: message => void said.push(message),
    room: () => undefined,
    elapsed: () => performance.now(),
    log: () => undefined,
  })
  return { host, said, begun }
}

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
