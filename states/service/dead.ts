import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { flag } from '../kinds.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'

const ALIVE = ['active', 'activating', 'reloading', 'deactivating']

export const serviceDead = defineState({
  name: 'service.dead',
  summary: 'A systemd unit that does not run now and, unless told otherwise, not after a reboot either.',
  absence: true,
  nameKind: unitName(),
  params: { enable: withDefault(flag(), false, 'Whether it starts at boot; `true` leaves that as it is.') },
  owns: ({ name }) => `service:${fullUnitName(name)}`,
  read: (system, { name }) => system.unitStatus(name),
  plan({ name, enable }, { active, enabled }) {
    const actions: Action[] = []
    if (ALIVE.includes(active)) actions.push({ do: 'unit', unit: name, verb: 'stop' })
    if (!enable && enabled.startsWith('enabled')) actions.push({ do: 'unit', unit: name, verb: 'disable' })
    return actions
  },
})
