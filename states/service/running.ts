import { AppError, type Problem } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import { defineState } from '../define.ts'
import { flag } from '../kinds.ts'
import { reloadIfStale } from '../lib/unit-file.ts'
import { fullUnitName, unitName } from '../name-kinds.ts'
import { withDefault } from '../params.ts'
import type { SystemReader, UnitStatus } from '../system.ts'

/** Unit states that `systemctl enable` can change; it does nothing for `static`, `indirect`, `generated` and `alias` units. */
const ENABLEABLE = ['disabled', 'enabled-runtime', 'linked', 'linked-runtime']
const ENABLED = ['enabled', 'enabled-runtime']

export const serviceRunning = defineState({
  name: 'service.running',
  summary: 'Starts a systemd unit and enables it at boot.',
  nameKind: unitName(),
  params: {
    enable: withDefault(flag(), true, 'Enable the unit at boot; `false` disables it.'),
    reload: withDefault(flag(), false, 'Reload instead of restart when a watched state changes.'),
    unmask: withDefault(flag(), false, 'Unmask the unit if it is masked, instead of failing.'),
  },
  owns: ({ name }) => `service:${fullUnitName(name)}`,
  opposite: ({ name }) => ({ type: 'service.dead', params: { name } }),
  read: (system, { name }) => system.unitStatus(name),
  plan({ name, enable, unmask }, { load, active, sub, enabled, details }) {
    const masked = load === 'masked' || enabled.startsWith('masked')
    if (load === 'not-found') throw unitMissing(name)
    if (masked && !unmask) throw unitMasked(name)
    if (details?.endsByItself === true && !details.needsReload) throw unitEndsByItself(name)
    const actions: Action[] = []
    if (masked) actions.push({ do: 'unit', unit: name, verb: 'unmask' })
    if (enable && (masked || ENABLEABLE.includes(enabled))) actions.push({ do: 'unit', unit: name, verb: 'enable' })
    if (!enable && ENABLED.includes(enabled)) actions.push({ do: 'unit', unit: name, verb: 'disable' })
    if (active !== 'active' && active !== 'reloading') {
      // A start would only wait for the pending automatic restart, and would not reset its counter.
      const verb = active === 'activating' && sub.startsWith('auto-restart') ? 'restart' : 'start'
      actions.push(...reloadIfStale(details), { do: 'unit', unit: name, verb })
    }
    return actions
  },
  onWatch({ name, reload }, { details }) {
    return [...reloadIfStale(details), { do: 'unit', unit: name, verb: reload ? 'reload' : 'restart' }]
  },
  isSuspect: ({ details }) => details !== undefined && details.restarts > 0 && (details.activeForMs ?? 0) < RECENT_MS,
  async recheck(system, { name }, { first, restarted }) {
    const now = await system.unitStatus(name)
    const fault = faultOf(now, restarted ? 0 : (first.details?.restarts ?? 0))
    return fault === undefined ? undefined : await serviceNotRunning(system, name, now, fault)
  },
})

/** A running service is rechecked if systemd restarted it within this time. */
const RECENT_MS = 60_000

/**
 * Describes a problem with a unit that was started or had been running; `restarts` is the earlier number of restarts by
 * systemd. Pure.
 */
function faultOf({ active, sub, details }: UnitStatus, restarts: number): string | undefined {
  if (active === 'active' || active === 'reloading') {
    const more = (details?.restarts ?? 0) - restarts
    return more > 0 ? `was restarted ${more} times by systemd during this run` : undefined
  }
  if (active === 'inactive' && details?.conditionMet === false)
    return 'did not start: a condition of the unit is not met'
  const why = details?.lastEnd === undefined ? '' : `: its main process ended with ${details.lastEnd}`
  const result = details === undefined || details.result === 'success' ? '' : `, result ${details.result}`
  return `is ${active} (${sub}${result}) at the end of the run${why}`
}

async function serviceNotRunning(
  system: SystemReader,
  unit: string,
  { details }: UnitStatus,
  fault: string,
): Promise<Problem> {
  const { stdout } = await system.query([
    'journalctl',
    '--unit',
    unit,
    '--lines',
    '10',
    '--output',
    'cat',
    '--no-pager',
  ])
  const said = stdout.trim()
  const hint =
    details?.conditionMet === false
      ? `See which one: \`systemctl status ${unit}\`.`
      : `See more on the host: \`journalctl -u ${unit} -n 50\`.`
  return {
    code: 'SERVICE_NOT_RUNNING',
    message: `the service \`${unit}\` ${fault}${said === '' ? '' : `; the end of its journal:\n${said}`}`,
    hint,
  }
}

function unitEndsByItself(unit: string): AppError {
  return new AppError({
    code: 'UNIT_NEVER_RUNS',
    message: `the unit \`${unit}\` is a oneshot without \`RemainAfterExit=yes\`: it is inactive as soon as its work is done`,
    hint: 'Set `RemainAfterExit=yes` in the unit, or use `timer.present` or `cmd.run` for its work.',
  })
}

function unitMissing(unit: string): AppError {
  return new AppError({
    code: 'UNIT_MISSING',
    message: `systemd knows no unit \`${unit}\``,
    hint: `Require the state that provides it (\`pkg.installed\`, or \`file.managed\`), or look up its name: \`systemctl list-unit-files\`.`,
  })
}

function unitMasked(unit: string): AppError {
  return new AppError({
    code: 'UNIT_MASKED',
    message: `the unit \`${unit}\` must run, but it is masked`,
    hint: `Write \`unmask: true\`, or run \`systemctl unmask ${unit}\`.`,
  })
}
