import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { integer } from '../kinds.ts'
import { domainName, isUp, lookAtDomain, stopDomain, virsh } from '../lib/virt-client.ts'
import { withDefault } from '../params.ts'

export const virtAbsent = defineState({
  name: 'virt.absent',
  summary: 'No virtual machine of this name; one that runs is shut down first, and its disks stay where they are.',
  absence: true,
  nameKind: domainName(),
  params: { grace: withDefault(integer(0, 3600), 60, 'Seconds that it has to shut down.') },
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
