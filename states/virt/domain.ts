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
  device: withDefault(oneOf('disk', 'cdrom'), 'disk', 'What the guest sees.'),
  format: optional(oneOf('qcow2', 'raw'), 'Not given: `qcow2` for disks, `raw` for others.'),
  bus: optional(oneOf('virtio', 'scsi', 'sata', 'usb'), 'Not given: `virtio` for disks, `sata` for others.'),
  cache: withDefault(oneOf('none', 'writeback', 'writethrough', 'unsafe'), 'none', 'Of the host.'),
  readonly: withDefault(flag(), false, 'The guest cannot write.'),
})

const networkInterface = recordOf({
  bridge: required(deviceName, 'The bridge that it is a port of.'),
  mac: required(
    word('a MAC address of one host, in lower case', /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/),
    'Its address.',
  ),
  target: optional(deviceName, 'Name of the port on the host; libvirt keeps no name that begins with `vnet`.'),
  mtu: optional(integer(576, 9216), 'Largest packet.'),
  model: withDefault(oneOf('virtio', 'e1000e'), 'virtio', 'What the guest sees.'),
})

export const virtDomain = defineState({
  name: 'virt.domain',
  summary: 'A virtual machine of libvirt as its data says; a running one gets what changed at its next start.',
  nameKind: domainName(),
  params: {
    uuid: optional(
      word('a UUID in lower case', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      'Not given: made of the name, always the same.',
    ),
    type: withDefault(
      oneOf('kvm', 'qemu'),
      'kvm',
      'What runs it; `qemu` emulates the processor, for hosts that have no KVM.',
    ),
    arch: withDefault(oneOf('x86_64', 'aarch64'), 'x86_64', 'Of the guest.'),
    machine: optional(word('a machine type', /^[a-z0-9.-]+$/), 'Not given: `q35`, or `virt` for aarch64.'),
    firmware: withDefault(oneOf('bios', 'efi'), 'bios', 'What boots it.'),
    cpu: withDefault(
      word('`host-passthrough`, `host-model`, `maximum` or a model', /^[A-Za-z0-9._-]+$/),
      'host-passthrough',
      'A model that all hypervisors have lets it move between different ones.',
    ),
    memory_mb: required(integer(16, 16_777_216), 'Mebibytes.'),
    vcpus: required(integer(1, 1024), 'Processors.'),
    disks: withDefault(listOf(disk), [], 'Images, in order.'),
    interfaces: withDefault(listOf(networkInterface), [], 'Network cards, in order.'),
    autostart: withDefault(flag(), true, 'Start it when the host boots.'),
    state: withDefault(oneOf('running', 'stopped', 'any'), 'running', 'What it does now; `any` leaves it alone.'),
    grace: withDefault(integer(0, 3600), 60, 'Seconds that it has to shut down.'),
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
      actions.push(virsh(`let the domain ${name} go on`, 'resume', name))
    if (state === 'stopped' && up) actions.push(stopDomain(name, grace))
    return actions
  },
})

function transient(name: string): AppError {
  return new AppError({
    code: 'DOMAIN_TRANSIENT',
    message: `the domain \`${name}\` runs, but is not defined: it would be gone when it stops`,
    hint: `Somebody made it with \`virsh create\`: shut it down (\`virsh shutdown ${name}\`), or give yours another name.`,
  })
}
