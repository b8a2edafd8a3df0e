import { expect, it } from 'vitest'
import { sysctlPresent } from '../../../states/sysctl/present.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const CONFIG = '/etc/sysctl.d/60-saltern.conf'
const LIVE = '/proc/sys/net/ipv4/ip_forward'
const FORWARD = { name: 'net.ipv4.ip_forward', value: 1 }

function hostWith(live: string | undefined, config: FakeEntry | undefined): FakeSystem {
  return createFakeSystem({
    files: { [LIVE]: live === undefined ? undefined : { content: live }, [CONFIG]: config },
    run({ argv }, fake) {
      const [, , setting = ''] = argv
      fake.setFile(LIVE, { content: `${setting.split('=')[1]}\n` })
      return argv.join(' ') === 'sysctl -w net.ipv4.ip_forward=1'
    },
  })
}

it('sysctl.present sets the kernel value and then writes the file', async () => {
  const { actions, left } = await applyState(sysctlPresent, FORWARD, hostWith('0\n', undefined))

  expect(actions).toMatchObject([
    { do: 'run', argv: ['sysctl', '-w', 'net.ipv4.ip_forward=1'] },
    { do: 'write-file', path: CONFIG, content: 'net.ipv4.ip_forward = 1\n', mode: '0644' },
  ])
  expect(left).toEqual([])
})

it('sysctl.present leaves a correct setting unchanged, whatever its notation', async () => {
  const host = hostWith('1\n', { content: '# ours\nnet/ipv4/ip_forward=1\n' })

  expect(await planState(sysctlPresent, FORWARD, host)).toEqual([])
})

it('sysctl.present replaces the drifted line and keeps the others', async () => {
  const content = 'vm.swappiness = 1\nnet.ipv4.ip_forward = 0\n# end\nnet.ipv4.ip_forward = 0\n'

  const { actions, left } = await applyState(sysctlPresent, FORWARD, hostWith('1\n', { content, mode: '0600' }))

  expect(actions).toMatchObject([
    { do: 'write-file', content: 'vm.swappiness = 1\nnet.ipv4.ip_forward = 1\n# end\n', mode: '0600' },
  ])
  expect(left).toEqual([])
})

it('sysctl.present refuses a setting unknown to the kernel and a directory at its file path', async () => {
  await expect(planState(sysctlPresent, FORWARD, hostWith(undefined, undefined))).rejects.toMatchObject({
    problems: [{ code: 'SYSCTL_MISSING', message: expect.stringContaining(LIVE) }],
  })
  await expect(planState(sysctlPresent, FORWARD, hostWith('0\n', { directory: true }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('sysctl.present does nothing when it is applied twice', async () => {
  const host = hostWith('0\n', undefined)

  await applyState(sysctlPresent, FORWARD, host)

  expect((await applyState(sysctlPresent, FORWARD, host)).actions).toEqual([])
})

it('sysctl.present compares values with several words regardless of the whitespace between them', async () => {
  const host = createFakeSystem({
    files: {
      '/proc/sys/net/ipv4/tcp_rmem': { content: '4096\t131072\t6291456\n' },
      [CONFIG]: { content: 'net.ipv4.tcp_rmem = 4096 131072 6291456\n' },
    },
  })

  const params = { name: 'net.ipv4.tcp_rmem', value: '4096  131072 6291456' }
  expect(await planState(sysctlPresent, params, host)).toEqual([])
})
