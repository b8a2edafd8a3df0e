import type { PackageStatus, UnitDetails, UnitStatus } from '../../states/system.ts'

/**
 * Parses rows of name, status, version, architecture and provides into a map by `name:arch` and by name alone. The name alone
 * prefers the host's own architecture when there are several. A package for all architectures counts as one of the host's own,
 * as in apt. Pure.
 */
export function parsePackages(text: string): ReadonlyMap<string, PackageStatus> {
  const packages = new Map<string, PackageStatus>()
  const rows = text.split('\n').map(line => line.split('\t'))
  // dpkg itself always has the host's own architecture.
  const own = rows.find(([name]) => name === 'dpkg')?.[3]
  for (const [name = '', status = '', version = '', arch = ''] of rows) {
    if (name === '' || status === 'not-installed') continue
    const known = { version, status: status === 'installed' || status === 'config-files' ? status : 'broken' } as const
    const isOwn = arch === own || arch === 'all'
    packages.set(`${name}:${arch}`, known)
    if (arch === 'all' && own !== undefined) packages.set(`${name}:${own}`, known)
    for (const key of [name, `${name}:any`]) if (isOwn || !packages.has(key)) packages.set(key, known)
    if (isOwn) packages.set(`${name}:native`, known)
  }
  return packages
}

/**
 * Maps each virtual package, by name alone and with an architecture, to the installed packages that provide it. Same rows.
 * Pure.
 */
export function parseProviders(text: string): ReadonlyMap<string, readonly string[]> {
  const providers = new Map<string, string[]>()
  for (const row of text.split('\n')) {
    const [name = '', status, , arch = '', provides = ''] = row.split('\t')
    if (status !== 'installed') continue
    for (const entry of provides.split(',')) {
      // `Provides: default-mta, libfoo (= 1.2)`
      const [virtual] = /[a-z0-9][a-z0-9+.-]*/.exec(entry) ?? []
      if (virtual === undefined || virtual === name) continue
      for (const key of [virtual, `${virtual}:${arch}`]) providers.set(key, [...(providers.get(key) ?? []), name])
    }
  }
  return providers
}

export const UNIT_PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'NRestarts',
  'ActiveEnterTimestampMonotonic',
  'Result',
  'ExecMainCode',
  'ExecMainStatus',
  'ConditionResult',
  'ConditionTimestampMonotonic',
  'Type',
  'RemainAfterExit',
  'NeedDaemonReload',
].join(',')

/** Parses the output of `systemctl show --property=...` for one unit; `monotonicMs` is the time since boot. Pure. */
export function parseUnit(text: string, monotonicMs: number): UnitStatus {
  const properties = new Map(
    text.split('\n').map(line => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  return {
    load: properties.get('LoadState') ?? '',
    active: properties.get('ActiveState') ?? '',
    sub: properties.get('SubState') ?? '',
    enabled: properties.get('UnitFileState') ?? '',
    details: detailsOf(name => properties.get(name) ?? '', monotonicMs),
  }
}

function detailsOf(property: (name: string) => string, monotonicMs: number): UnitDetails {
  const since = Number(property('ActiveEnterTimestampMonotonic')) / 1000
  const isActive = property('ActiveState') === 'active'
  return {
    restarts: Number(property('NRestarts')) || 0,
    activeForMs: isActive && since > 0 ? Math.max(0, monotonicMs - since) : undefined,
    result: property('Result'),
    lastEnd: lastEnd(property('ExecMainCode'), property('ExecMainStatus')),
    conditionMet: property('ConditionResult') !== 'no' || Number(property('ConditionTimestampMonotonic')) === 0,
    endsByItself: property('Type') === 'oneshot' && property('RemainAfterExit') === 'no',
    needsReload: property('NeedDaemonReload') === 'yes',
  }
}

/**
 * How the main process last ended. `code` is a CLD_ number of waitid(2): 1 exited, 2 killed, 3 dumped core; 0 when it never
 * ended.
 */
function lastEnd(code: string, status: string): string | undefined {
  if (code === '1') return `exit status ${status}`
  return code === '2' || code === '3' ? `signal ${status}` : undefined
}
