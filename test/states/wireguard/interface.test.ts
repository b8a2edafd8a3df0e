import { expect, it } from 'vitest'
import { bytesOfText, textOfBytes } from '../../../protocol/byte-text.ts'
import { reveal, Secret } from '../../../protocol/secret.ts'
import { withPrivateKey } from '../../../states/lib/wireguard-config.ts'
import { wireguardInterface } from '../../../states/wireguard/interface.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const KEY = `${'k'.repeat(42)}E=`
const PEER = `${'p'.repeat(42)}E=`
const OTHER = `${'o'.repeat(42)}E=`
const CONFIG = '/etc/wireguard/wg0.conf'
const UNIT = 'wg-quick@wg0.service'

function config(peers: readonly string[], address = 'fd00::1/64'): string {
  const sections = peers.map(peer => `\n[Peer]\nPublicKey = ${peer}\nAllowedIPs = 0.0.0.0/0, ::/0\n`)
  return `[Interface]\nAddress = ${address}\nListenPort = 51820\nTable = off\n${sections.join('')}`
}

const PARAMS = { name: 'wg0', contents: config([PEER]) }
const up = { load: 'loaded', active: 'active', sub: 'exited', enabled: 'enabled' }
const down = { load: 'loaded', active: 'inactive', sub: 'dead', enabled: 'disabled' }

function hostWith(found: {
  readonly file?: FakeEntry
  readonly live?: readonly string[]
  readonly key?: string
}): FakeSystem {
  const { file, live, key = KEY } = found
  const fake = createFakeSystem({
    files: {
      '/etc/wireguard': { directory: true },
      '/etc/wireguard/private.key': { content: `${key}\n`, mode: '0600' },
      [CONFIG]: file,
      '/sys/class/net/wg0': live === undefined ? undefined : { directory: true },
    },
    units: { [UNIT]: live === undefined ? down : up },
    query(argv) {
      if (argv.join(' ') !== 'wg show wg0 allowed-ips') return undefined
      return (live ?? []).map(peer => `${peer}\t0.0.0.0/0 ::/0\n`).join('')
    },
  })
  return fake
}

const right = { content: withPrivateKey(PARAMS.contents, KEY), mode: '0600' }

it('wireguard.interface writes the configuration with the host key as a secret and starts the interface', async () => {
  const actions = await planState(wireguardInterface, PARAMS, hostWith({}))

  expect(actions).toMatchObject([
    { do: 'write-file', path: CONFIG, mode: '0600', content: expect.any(Secret), showDiff: false },
    { do: 'unit', unit: UNIT, verb: 'enable' },
    { do: 'daemon-reload' },
    { do: 'unit', unit: UNIT, verb: 'start' },
  ])
})

it('wireguard.interface keeps the bytes of a configuration that is not UTF-8', async () => {
  const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')
  const remark = `# peer of the caf\xe9\n${config([PEER])}`
  const contents = textOfBytes(latin(remark))
  const there = textOfBytes(latin(`# another caf\xe9\n${withPrivateKey(config([PEER]), KEY)}`))

  const actions = await planState(
    wireguardInterface,
    { ...PARAMS, contents },
    hostWith({ file: { content: there, mode: '0600' }, live: [PEER] }),
  )

  const [written] = actions.flatMap(action => (action.do === 'write-file' ? [action.content] : []))
  if (!(written instanceof Secret)) throw new Error('nothing secret was written')
  expect(Buffer.from(bytesOfText(reveal(written) as string))).toEqual(Buffer.from(latin(withPrivateKey(remark, KEY))))
  expect(actions.map(action => (action.do === 'unit' ? action.verb : action.do))).toEqual(['write-file', 'reload'])
})

it('wireguard.interface leaves a correct interface unchanged', async () => {
  expect(await planState(wireguardInterface, PARAMS, hostWith({ file: right, live: [PEER] }))).toEqual([])
})

it('wireguard.interface adds a peer with a reload and changes an address with a restart', async () => {
  const host = hostWith({ file: right, live: [PEER] })

  const peer = await planState(wireguardInterface, { ...PARAMS, contents: config([PEER, OTHER]) }, host)
  const address = await planState(wireguardInterface, { ...PARAMS, contents: config([PEER], 'fd00::2/64') }, host)

  expect(peer).toMatchObject([{ do: 'write-file' }, { do: 'unit', verb: 'reload' }])
  expect(address).toMatchObject([{ do: 'write-file' }, { do: 'unit', verb: 'restart' }])
})

it('wireguard.interface restores a peer removed by hand and a missing interface', async () => {
  const lost = await planState(wireguardInterface, PARAMS, hostWith({ file: right, live: [] }))
  const gone = createFakeSystem({
    files: {
      '/etc/wireguard': { directory: true },
      '/etc/wireguard/private.key': { content: KEY, mode: '0600' },
      [CONFIG]: right,
      '/sys/class/net/wg0': undefined,
    },
    units: { [UNIT]: up },
  })

  expect(lost).toMatchObject([{ do: 'unit', verb: 'reload' }])
  expect(await planState(wireguardInterface, PARAMS, gone)).toMatchObject([{ do: 'unit', verb: 'restart' }])
})

it('wireguard.interface refuses a missing or invalid key and a directory at its path', async () => {
  await expect(planState(wireguardInterface, PARAMS, hostWith({ key: 'rubbish' }))).rejects.toMatchObject({
    problems: [{ code: 'PREREQUISITE_MISSING', hint: expect.stringContaining('wireguard.key') }],
  })
  await expect(planState(wireguardInterface, PARAMS, hostWith({ file: { directory: true } }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('wireguard.interface is reverted when the master is unreachable afterwards', async () => {
  const running = await bindState(wireguardInterface, PARAMS).inspect(hostWith({ live: [] }))
  const absent = await bindState(wireguardInterface, PARAMS).inspect(hostWith({}))

  expect(running.reverts).toEqual([{ do: 'unit', unit: UNIT, verb: 'restart' }])
  expect(absent.reverts).toEqual([{ do: 'unit', unit: UNIT, verb: 'stop' }])
  expect(wireguardInterface.confirm).toBe(60)
})

it('wireguard.interface does nothing when it is applied twice', async () => {
  const host = hostWith({ live: [PEER] })

  await applyState(wireguardInterface, PARAMS, host)

  expect((await applyState(wireguardInterface, PARAMS, host)).actions).toEqual([])
})

it.each([
  ['PrivateKey = x', `[Interface]\nPrivateKey = ${KEY}\n`],
  ['no [Interface]', `[Peer]\nPublicKey = ${PEER}\n`],
  ['another section', '[Interface]\n[Route]\n'],
])('wireguard.interface rejects contents with %s', (_what, contents) => {
  expect(wireguardInterface.check({ name: 'wg0', contents })).toMatchObject({ ok: false })
})
