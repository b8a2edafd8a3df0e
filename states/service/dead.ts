import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { flag } from '../kinds.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'

const ALIVE = ['active', 'activating', 'reloading', 'deactivating']

export const serviceDead = defineState({
  name: 'service.dead',
  summary: 'Stops a systemd unit and disables it at boot.',
  absence: true,
  nameKind: unitName(),
  params: {
    enable: withDefault(flag(), false, 'Disable the unit at boot; `true` does not change whether it is enabled.'),
  },
  owns: ({ name }) => `service:${fullUnitName(name)}`,
  read: (system, { name }) => system.unitStatus(name),
  plan({ name, enable }, { active, enabled }) {
    const actions: Action[] = []
    if (ALIVE.includes(active)) actions.push({ do: 'unit', unit: name, verb: 'stop' })
    if (!enable && enabled.startsWith('enabled')) actions.push({ do: 'unit', unit: name, verb: 'disable' })
    return actions
  },
})
