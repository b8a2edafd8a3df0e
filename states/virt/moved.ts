import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { flag, word } from '../kinds.ts'
import { domainName, lookAtDomain, virsh } from '../lib/virt-client.ts'
import { optional, required, withDefault } from '../params.ts'

export const virtMoved = defineState({
  name: 'virt.moved',
  summary: 'Migrates a running virtual machine to another hypervisor.',
  nameKind: domainName(),
  params: {
    to: required(
      word('a URI of libvirt', /^[a-z]+(\+[a-z]+)?:\/\/\S+$/),
      'URI of the libvirt daemon at the destination, such as `qemu+tls://hv2/system`.',
    ),
    address: optional(
      word('an address or host name', /^[A-Za-z0-9.:-]+$/),
      'Address for the migration data (chosen by libvirt if omitted).',
    ),
    copy_disks: withDefault(flag(), true, 'Copy the disks too; use `false` for shared storage.'),
  },
  owns: ({ name }) => `domain:${name}`,
  async read(system, { name }) {
    return { domain: await lookAtDomain(system, name) }
  },
  plan({ name, to, address, copy_disks: copies }, { domain }) {
    if (domain === undefined) return []
    if (domain.state !== 'running') throw notRunning(name, domain.state)
    const host = address?.includes(':') === true ? `[${address}]` : address
    const words = [
      'migrate',
      '--live',
      '--persistent',
      '--undefinesource',
      '--auto-converge',
      ...(copies ? ['--copy-storage-all'] : []),
      ...(address === undefined ? [] : ['--migrateuri', `tcp://${host ?? ''}`, '--listen-address', address]),
    ]
    return [virsh(`move the domain ${name} to ${to}`, ...words, name, to)]
  },
})

function notRunning(name: string, state: string): AppError {
  return new AppError({
    code: 'DOMAIN_NOT_MOVED',
    message: `the domain \`${name}\` must move to another hypervisor, but it is ${state}: only a running domain can be moved`,
    hint: `Start it once more (\`virsh start ${name}\`) and apply again, or copy its disks and run \`virsh undefine ${name}\`.`,
  })
}
