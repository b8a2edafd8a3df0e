import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { flag } from '../kinds.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'

/** `static`, `indirect`, `generated` and `alias` units have nothing that `systemctl enable` could do. */
const ENABLEABLE = ['disabled', 'enabled-runtime', 'linked', 'linked-runtime']
const ENABLED = ['enabled', 'enabled-runtime']

export const serviceRunning = defineState({
  name: 'service.running',
  summary: 'A systemd unit that is active now and, unless told otherwise, after a reboot.',
  nameKind: unitName(),
  params: {
    enable: withDefault(flag(), true, 'Start it at boot; `false` disables it.'),
    reload: withDefault(flag(), false, 'Reload instead of restart when a watched state changed.'),
    unmask: withDefault(flag(), false, 'Unmask it when it is masked, instead of refusing.'),
  },
  owns: ({ name }) => `service:${fullUnitName(name)}`,
  opposite: ({ name }) => ({ type: 'service.dead', params: { name } }),
  read: (system, { name }) => system.unitStatus(name),
  plan({ name, enable, unmask }, { load, active, enabled }) {
    const masked = load === 'masked' || enabled.startsWith('masked')
    if (load === 'not-found') throw unitMissing(name)
    if (masked && !unmask) throw unitMasked(name)
    const actions: Action[] = []
    if (masked) actions.push({ do: 'unit', unit: name, verb: 'unmask' })
    if (enable && (masked || ENABLEABLE.includes(enabled))) actions.push({ do: 'unit', unit: name, verb: 'enable' })
    if (!enable && ENABLED.includes(enabled)) actions.push({ do: 'unit', unit: name, verb: 'disable' })
    if (active !== 'active' && active !== 'reloading') {
      // Another state may have written a drop-in since systemd read its files.
      actions.push({ do: 'daemon-reload' }, { do: 'unit', unit: name, verb: 'start' })
    }
    return actions
  },
  onWatch({ name, reload }) {
    return [{ do: 'daemon-reload' }, { do: 'unit', unit: name, verb: reload ? 'reload' : 'restart' }]
  },
})

function unitMissing(unit: string): AppError {
  return new AppError({
    code: 'UNIT_MISSING',
    message: `systemd knows no unit \`${unit}\``,
    hint: `Require the state that brings it (\`pkg.installed\`, or \`file.managed\`), or look for its name: \`systemctl list-unit-files\`.`,
  })
}

function unitMasked(unit: string): AppError {
  return new AppError({
    code: 'UNIT_MASKED',
    message: `the unit \`${unit}\` shall run, but somebody masked it`,
    hint: `Write \`unmask: true\`, or run \`systemctl unmask ${unit}\`.`,
  })
}
