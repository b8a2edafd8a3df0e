import type { PackageStatus, SystemReader } from '../../states/system.ts'
import { parsePackages, parseProviders } from './parse-status.ts'

/** Output format for dpkg-query(1): one line per package. */
const DPKG_FORMAT = '${Package}\\t${db:Status-Status}\\t${Version}\\t${Architecture}\\t${Provides}\\n'

interface Table {
  readonly packages: ReadonlyMap<string, PackageStatus>
  readonly providers: ReadonlyMap<string, readonly string[]>
}

/** The packages that dpkg knows, read once until `forget`. */
export interface PackageTable {
  status(name: string): Promise<PackageStatus | undefined>
  forget(): void
}

/** Creates the table. Like apt, counts a virtual package as installed when an installed package provides it. */
export function packageTable(query: SystemReader['query']): PackageTable {
  let table: Promise<Table> | undefined
  const read = async (): Promise<Table> => {
    const { stdout } = await query(['dpkg-query', '-W', `-f=${DPKG_FORMAT}`])
    return { packages: parsePackages(stdout), providers: parseProviders(stdout) }
  }
  return {
    forget() {
      table = undefined
    },
    async status(name) {
      table ??= read().catch((error: unknown) => {
        // The next call reads again.
        table = undefined
        throw error
      })
      const { packages, providers } = await table
      const known = packages.get(name)
      const providedBy = providers.get(name)
      if (known !== undefined || providedBy === undefined) return known
      return (await isReal(query, name)) ? undefined : { version: '', status: 'installed', providedBy }
    },
  }
}

/** True when a package of this name exists; apt then installs it rather than one that provides the name. */
async function isReal(query: SystemReader['query'], name: string): Promise<boolean> {
  const { stdout } = await query(['apt-cache', 'show', '--no-all-versions', '--', name])
  return stdout.trim() !== ''
}
