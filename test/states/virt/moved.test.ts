import { expect, it } from 'vitest'
import { virtMoved } from '../../../states/virt/moved.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createLibvirtHost } from '../../fake/fake-libvirt.ts'

const TO = { name: 'web1', to: 'qemu+tls://hv2/system', address: '10.99.0.2' }
const RUNNING = { state: 'running', inactive: '<domain/>' }

it('virt.moved moves a running domain with its disks', async () => {
  const { actions, left } = await applyState(virtMoved, TO, createLibvirtHost(RUNNING))

  expect(actions).toHaveLength(1)
  expect(actions[0]).toMatchObject({
    summary: 'move the domain web1 to qemu+tls://hv2/system',
    argv: expect.arrayContaining([
      '--live',
      '--persistent',
      '--undefinesource',
      '--copy-storage-all',
      'tcp://10.99.0.2',
    ]),
  })
  expect(left).toEqual([])
})

it('virt.moved does nothing without the domain', async () => {
  expect(await planState(virtMoved, TO, createLibvirtHost(undefined))).toEqual([])
})

it('virt.moved copies no shared disk and writes IPv6 addresses in brackets', async () => {
  const [action] = await planState(
    virtMoved,
    { ...TO, address: 'fd00::2', copy_disks: false },
    createLibvirtHost(RUNNING),
  )
  const argv = action?.do === 'run' ? action.argv : []

  expect(argv).not.toContain('--copy-storage-all')
  expect(argv).toContain('tcp://[fd00::2]')
})

it('virt.moved refuses a stopped domain and a destination that is not a URI', async () => {
  const off = createLibvirtHost({ ...RUNNING, state: 'shut off' })

  await expect(planState(virtMoved, TO, off)).rejects.toMatchObject({ problems: [{ code: 'DOMAIN_NOT_MOVED' }] })
  expect(() => bindState(virtMoved, { ...TO, to: 'hv2' })).toThrow('a URI of libvirt')
})

it('virt.moved does nothing when it is applied twice', async () => {
  const host = createLibvirtHost(RUNNING)
  await applyState(virtMoved, TO, host)

  expect((await applyState(virtMoved, TO, host)).actions).toEqual([])
})
