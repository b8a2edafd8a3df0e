import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { absolutePath, flag, integer, listOf, oneOf, word } from '../kinds.ts'
import { defineDomain, domainName, isUp, lookAtDomain, stopDomain, virsh } from '../lib/virt-client.ts'
import { domainDocument, domainDrift } from '../lib/virt-xml.ts'
import { optional, required, withDefault } from '../params.ts'
import { recordOf } from '../record-kind.ts'

const deviceName = word('the name of a network device, at most 15 characters', /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/)

const disk = recordOf({
  path: required(absolutePath(), 'The image.'),
  device: withDefault(oneOf('disk', 'cdrom'), 'disk', 'Device model that the guest sees.'),
  format: optional(oneOf('qcow2', 'raw'), 'Image format (`qcow2` for disks, `raw` for others, if omitted).'),
  bus: optional(oneOf('virtio', 'scsi', 'sata', 'usb'), 'Bus (`virtio` for disks, `sata` for others, if omitted).'),
  cache: withDefault(oneOf('none', 'writeback', 'writethrough', 'unsafe'), 'none', 'Cache mode on the host.'),
  readonly: withDefault(flag(), false, 'Make the disk read-only for the guest.'),
})

const networkInterface = recordOf({
  bridge: required(deviceName, 'Bridge that the interface is connected to.'),
  mac: required(
    word('a MAC address of one host, in lower case', /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/),
    'Its address.',
  ),
  target: optional(deviceName, 'Name of the interface on the host; libvirt replaces names that begin with `vnet`.'),
  mtu: optional(integer(576, 9216), 'Largest packet.'),
  model: withDefault(oneOf('virtio', 'e1000e'), 'virtio', 'Device model that the guest sees.'),
})

export const virtDomain = defineState({
  name: 'virt.domain',
  summary: 'Defines a libvirt virtual machine. A running one gets changes at its next start.',
  nameKind: domainName(),
  params: {
    uuid: optional(
      word('a UUID in lower case', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'UUID (derived from the name if omitted).',
    ),
    type: withDefault(
      oneOf('kvm', 'qemu'),
      'kvm',
      'Hypervisor type; `qemu` emulates the processor, for hosts without KVM.',
    ),
    arch: withDefault(oneOf('x86_64', 'aarch64'), 'x86_64', 'Architecture of the guest.'),
    machine: optional(
      word('a machine type', /^[a-z0-9.-]+$/),
      'Machine type (`q35`, or `virt` for aarch64, if omitted).',
    ),
    firmware: withDefault(oneOf('bios', 'efi'), 'bios', 'Firmware of the guest.'),
    cpu: withDefault(
      word('`host-passthrough`, `host-model`, `maximum` or a model', /^[A-Za-z0-9._-]+$/),
      'host-passthrough',
      'CPU model. To migrate between different hypervisors, use a model that all of them support.',
    ),
    memory_mb: required(integer(16, 16_777_216), 'Memory in MiB.'),
    vcpus: required(integer(1, 1024), 'Number of virtual CPUs.'),
    disks: withDefault(listOf(disk), [], 'Disks, in order.'),
    interfaces: withDefault(listOf(networkInterface), [], 'Network interfaces, in order.'),
    autostart: withDefault(flag(), true, 'Start the virtual machine when the host boots.'),
    state: withDefault(oneOf('running', 'stopped', 'any'), 'running', 'Wanted state; `any` does not change it.'),
    grace: withDefault(integer(0, 3600), 60, 'Seconds to wait for a clean shutdown.'),
  },
  owns: ({ name }) => `domain:${name}`,
  conflicts({ arch, firmware, interfaces }) {
    const hidden = interfaces.filter(({ target }) => target?.startsWith('vnet'))
    return [
      ...(arch === 'aarch64' && firmware === 'bios' ? ['`arch: aarch64` needs `firmware: efi`'] : []),
      ...hidden.map(
        ({ target }) => `the port \`${target ?? ''}\` begins with \`vnet\`: libvirt would give it another name`,
      ),
    ]
  },
  opposite: ({ name, grace }) => ({ type: 'virt.absent', params: { name, grace } }),
  async read(system, { name }) {
    return { domain: await lookAtDomain(system, name) }
  },
  plan(params, { domain }) {
    const { name, autostart, state, grace } = params
    if (domain?.persistent === false) throw transient(name)
    const actions: Action[] = []
    const drift = domain === undefined ? undefined : domainDrift(params, domain.inactive)
    if (domain === undefined || drift !== undefined) {
      const { summary, ...rest } = defineDomain(name, domainDocument(params)) as Extract<Action, { do: 'run' }>
      actions.push({ ...rest, summary: drift === undefined ? summary : `${summary} anew: ${drift} differs` })
    }
    if ((domain?.autostart ?? false) !== autostart) {
      actions.push(
        autostart
          ? virsh(`start ${name} at boot`, 'autostart', name)
          : virsh(`do not start ${name} at boot`, 'autostart', '--disable', name),
      )
    }
    const up = domain !== undefined && isUp(domain)
    if (state === 'running' && !up) actions.push(virsh(`start the domain ${name}`, 'start', name))
    if (state === 'running' && domain?.state === 'paused')
      actions.push(virsh(`resume the domain ${name}`, 'resume', name))
    if (state === 'stopped' && up) actions.push(stopDomain(name, grace))
    return actions
  },
})

function transient(name: string): AppError {
  return new AppError({
    code: 'DOMAIN_TRANSIENT',
    message: `the domain \`${name}\` is running without being defined: it would disappear when it stops`,
    hint: `It was probably created with \`virsh create\`. Shut it down (\`virsh shutdown ${name}\`), or use another name for yours.`,
  })
}
