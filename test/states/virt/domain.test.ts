import { expect, it } from 'vitest'
import { virtDomain } from '../../../states/virt/domain.ts'
import { applyState, bindState, planState } from '../../fake/apply-state.ts'
import { createLibvirtHost } from '../../fake/fake-libvirt.ts'

const WEB = {
  name: 'web1',
  memory_mb: 512,
  vcpus: 2,
  disks: [{ path: '/images/web1.qcow2' }, { path: '/seeds/web1.iso', device: 'cdrom', format: null }],
  interfaces: [{ bridge: 'br-vm', mac: '52:54:00:aa:00:01', target: 'vm-web1', mtu: 1350 }],
}

async function made(params = {}) {
  const host = createLibvirtHost(undefined)
  await applyState(virtDomain, { ...WEB, ...params }, host)
  return host
}

it('virt.domain defines a missing domain, enables autostart and starts it', async () => {
  const host = createLibvirtHost(undefined)

  const { actions, left } = await applyState(virtDomain, WEB, host)

  expect(actions.map(action => 'summary' in action && action.summary)).toEqual([
    'define the domain web1',
    'start web1 at boot',
    'start the domain web1',
  ])
  expect(left).toEqual([])
  expect(host.inputs.find(text => text.includes('<domain'))).toMatchInlineSnapshot(`
      "<domain type='kvm'>
        <name>web1</name>
        <uuid>4c44756e-1a8c-80b1-a0b4-abe9edaa52ab</uuid>
        <memory unit='KiB'>524288</memory>
        <currentMemory unit='KiB'>524288</currentMemory>
        <vcpu>2</vcpu>
        <os>
          <type arch='x86_64' machine='q35'>hvm</type>
          <boot dev='hd'/>
        </os>
        <features>
          <acpi/>
          <apic/>
        </features>
        <cpu mode='host-passthrough' migratable='on'/>
        <on_poweroff>destroy</on_poweroff>
        <on_reboot>restart</on_reboot>
        <on_crash>restart</on_crash>
        <devices>
          <disk type='file' device='disk'>
            <driver name='qemu' type='qcow2' cache='none' io='native'/>
            <source file='/images/web1.qcow2'/>
            <target dev='vda' bus='virtio'/>
          </disk>
          <disk type='file' device='cdrom'>
            <driver name='qemu' type='raw'/>
            <source file='/seeds/web1.iso'/>
            <target dev='sdb' bus='sata'/>
            <readonly/>
          </disk>
          <interface type='bridge'>
            <mac address='52:54:00:aa:00:01'/>
            <source bridge='br-vm'/>
            <target dev='vm-web1'/>
            <model type='virtio'/>
            <mtu size='1350'/>
          </interface>
          <serial type='pty'>
            <target port='0'/>
          </serial>
          <console type='pty'>
            <target type='serial' port='0'/>
          </console>
          <memballoon model='virtio'/>
          <rng model='virtio'>
            <backend model='random'>/dev/urandom</backend>
          </rng>
        </devices>
        <metadata>
          <saltern:declared xmlns:saltern='https://saltern.invalid/domain/1' digest='f523f642c909c400c9e06e255cfc17d05bdea193e8d2589976ac24114a277774'/>
        </metadata>
      </domain>
      "
    `)
})

it('virt.domain leaves a correct domain unchanged, whatever libvirt added to it', async () => {
  expect(await planState(virtDomain, WEB, await made())).toEqual([])
  expect(await planState(virtDomain, { ...WEB, state: 'any' }, await made({ state: 'stopped' }))).toEqual([])
})

it.each([
  ['memory', (xml: string) => xml.replaceAll('524288', '262144'), '/domain/memory'],
  ['MAC address', (xml: string) => xml.replace('aa:00:01', 'aa:00:09'), '/domain/devices/interface/mac/@address'],
  ['disk of somebody else', (xml: string) => xml.replace('<disk', "<disk type='file'/><disk"), 'disk'],
  ['text that is no XML', () => '<domain>', '/domain'],
])('virt.domain redefines a drifted domain: %s', async (_what, edit, where) => {
  const host = await made()
  const now = host.domain()
  const drifted = createLibvirtHost({ state: 'running', autostart: true, inactive: edit(now?.inactive ?? '') })

  const { actions, left } = await applyState(virtDomain, WEB, drifted)

  expect(actions).toMatchObject([{ summary: `define the domain web1 anew: ${where} differs` }])
  expect(left).toEqual([])
})

it('virt.domain redefines a domain when its data changed, even if libvirt stores it differently', async () => {
  const [action] = await planState(virtDomain, { ...WEB, machine: 'pc' }, await made())

  expect(action).toMatchObject({
    summary: expect.stringContaining('/domain/metadata/saltern:declared/@digest differs'),
  })
})

it('virt.domain starts, resumes and stops a domain', async () => {
  const { inactive } = (await made()).domain() ?? { inactive: '' }
  const plan = async (state: string, wanted: string) => {
    const host = createLibvirtHost({ state, autostart: true, inactive })
    return (await planState(virtDomain, { ...WEB, state: wanted, grace: 5 }, host)).map(
      one => 'summary' in one && one.summary,
    )
  }

  expect(await plan('shut off', 'running')).toEqual(['start the domain web1'])
  expect(await plan('paused', 'running')).toEqual(['resume the domain web1'])
  expect(await plan('running', 'stopped')).toEqual(['shut the domain web1 down, within 5 s'])
  expect(await plan('shut off', 'stopped')).toEqual([])
})

it('virt.domain refuses a transient domain and reports a libvirt that does not answer', async () => {
  const transient = createLibvirtHost({ state: 'running', persistent: false, inactive: '<domain/>' })

  await expect(planState(virtDomain, WEB, transient)).rejects.toMatchObject({
    problems: [{ code: 'DOMAIN_TRANSIENT' }],
  })
  await expect(planState(virtDomain, WEB, createLibvirtHost(undefined, { isDown: true }))).rejects.toMatchObject({
    problems: [{ code: 'LIBVIRT_UNREACHABLE' }],
  })
})

it('virt.domain does nothing when it is applied twice', async () => {
  const host = await made()

  expect((await applyState(virtDomain, WEB, host)).actions).toEqual([])
})

it('virt.domain rejects contradictory parameters as an error of the role', () => {
  expect(() => bindState(virtDomain, { ...WEB, arch: 'aarch64' })).toThrow('needs `firmware: efi`')
  expect(() => bindState(virtDomain, { ...WEB, disks: [{ file: '/x' }] })).toThrow('one with `file`')
  expect(() => bindState(virtDomain, { ...WEB, interfaces: [{ bridge: 'b', mac: '53:54:00:00:00:01' }] })).toThrow(
    'MAC',
  )
  expect(() =>
    bindState(virtDomain, { ...WEB, interfaces: [{ bridge: 'b', mac: '52:54:00:00:00:01', target: 'vnet0' }] }),
  ).toThrow('libvirt would give it another name')
})
