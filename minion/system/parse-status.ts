import type { PackageStatus, UnitStatus } from '../../states/system.ts'

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

export const UNIT_PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState'

/** The answer of `systemctl show --property=...` for one unit. Pure. */
export function parseUnit(text: string): UnitStatus {
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
  }
}
