import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { interfaceName } from '../name-kinds.ts'

export const wireguardAbsent = defineState({
  name: 'wireguard.absent',
  summary: 'Removes a WireGuard interface, now and at boot. Keys are kept.',
  absence: true,
  nameKind: interfaceName(),
  params: {},
  owns: ({ name }) => `wireguard:${name}`,
  confirm: 60,
  async read(system, { name }) {
    const unit = await system.unitStatus(`wg-quick@${name}.service`)
    return { unit, file: await system.stat(`/etc/wireguard/${name}.conf`) }
  },
  plan({ name }, { unit, file }) {
    const actions: Action[] = []
    const named = `wg-quick@${name}.service`
    // Stop first: wg-quick needs the file to take the interface down.
    if (unit.active === 'active') actions.push({ do: 'unit', unit: named, verb: 'stop' })
    if (unit.enabled === 'enabled') actions.push({ do: 'unit', unit: named, verb: 'disable' })
    if (file !== undefined) actions.push({ do: 'remove', path: `/etc/wireguard/${name}.conf`, recursive: false })
    return actions
  },
  revert: ({ name }, { unit }) =>
    unit.active === 'active' ? [{ do: 'unit', unit: `wg-quick@${name}.service`, verb: 'start' }] : [],
})
