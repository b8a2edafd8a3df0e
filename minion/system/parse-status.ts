import type { PackageStatus, UnitDetails, UnitStatus } from '../../states/system.ts'

/** The format that `parsePackages` reads (dpkg-query(1)). */
export const DPKG_FORMAT = '${binary:Package}\\t${db:Status-Status}\\t${Version}\\n'

/** All that dpkg knows, by name without architecture. Pure. */
export function parsePackages(text: string): ReadonlyMap<string, PackageStatus> {
  const packages = new Map<string, PackageStatus>()
  for (const line of text.split('\n')) {
    const [name = '', status = '', version = ''] = line.split('\t')
    if (name === '' || status === 'not-installed') continue
    const known = status === 'installed' || status === 'config-files' ? status : 'broken'
    packages.set(name.replace(/:[a-z0-9]+$/, ''), { version, status: known })
  }
  return packages
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

/** The answer of `systemctl show --property=...` for one unit; `monotonicMs` is the time since boot. Pure. */
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

/** `code` is a CLD_ number of waitid(2): 1 exited, 2 killed, 3 dumped core; 0: it never ended. */
function lastEnd(code: string, status: string): string | undefined {
  if (code === '1') return `exit status ${status}`
  return code === '2' || code === '3' ? `signal ${status}` : undefined
}
