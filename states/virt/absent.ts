import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { integer } from '../kinds.ts'
import { domainName, isUp, lookAtDomain, stopDomain, virsh } from '../lib/virt-client.ts'
import { withDefault } from '../params.ts'

export const virtAbsent = defineState({
  name: 'virt.absent',
  summary: 'Removes a virtual machine. A running one is shut down first; its disks are kept.',
  absence: true,
  nameKind: domainName(),
  params: { grace: withDefault(integer(0, 3600), 60, 'Seconds to wait for a clean shutdown.') },
  owns: ({ name }) => `domain:${name}`,
  async read(system, { name }) {
    return { domain: await lookAtDomain(system, name) }
  },
  plan({ name, grace }, { domain }) {
    if (domain === undefined) return []
    const actions: Action[] = []
    if (isUp(domain)) actions.push(stopDomain(name, grace))
    if (domain.persistent) {
      actions.push(
        virsh(`undefine the domain ${name}`, 'undefine', name, '--managed-save', '--snapshots-metadata', '--nvram'),
      )
    }
    return actions
  },
})
