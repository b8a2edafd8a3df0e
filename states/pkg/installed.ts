import { AppError } from '../../protocol/errors.ts'
import { defineState } from '../define.ts'
import { flag, listOf, orNumber, text, word } from '../kinds.ts'
import { compareVersions } from '../lib/debian-version.ts'
import {
  isVirtual,
  lookAtPackages,
  nameConflicts,
  packageSpec,
  type WantedPackage,
  wantedPackages,
} from '../lib/packages.ts'
import { optional, withDefault } from '../params.ts'

export const pkgInstalled = defineState({
  name: 'pkg.installed',
  summary: 'Installs Debian packages, in any version or in a given one.',
  nameKind: text('the name of a Debian package, or any text when `pkgs` is given'),
  params: {
    pkgs: optional(listOf(packageSpec()), 'Several packages instead of `name`, installed by one run of apt.'),
    version: optional(orNumber(word('a version', /^[A-Za-z0-9.+:~-]+$/)), 'Exact version, as `dpkg -l` shows it.'),
    refresh: withDefault(flag(), true, 'Update the package lists before installing.'),
    allow_downgrade: withDefault(flag(), false, 'Allow replacing a newer version with an older one.'),
  },
  owns: ({ name, pkgs }) => (pkgs === undefined ? `pkg:${name}` : undefined),
  mentions: ({ name, version, pkgs }) => wantedPackages(name, version, pkgs).map(wanted => `pkg:${wanted.name}`),
  opposite: ({ name, pkgs }) => (pkgs === undefined ? { type: 'pkg.removed', params: { name } } : undefined),
  conflicts({ name, pkgs, version }) {
    const both = pkgs !== undefined && version !== undefined
    const sentence = '`version` cannot be used with `pkgs`; write `- NAME: VERSION` in `pkgs`'
    return both ? [sentence] : nameConflicts(name, pkgs)
  },
  read(system, { name, version, pkgs }) {
    return lookAtPackages(
      system,
      wantedPackages(name, version, pkgs).map(wanted => wanted.name),
    )
  },
  plan({ name, version, pkgs, refresh, allow_downgrade: allowDowngrade }, current) {
    const packages = wantedPackages(name, version, pkgs).filter(wanted => {
      const found = current.get(wanted.name)
      if (found?.status !== 'installed') return true
      return wanted.version !== undefined && wanted.version !== found.version
    })
    const pinned = packages.find(wanted => current.get(wanted.name)?.providedBy !== undefined)
    if (pinned !== undefined) throw isVirtual(pinned.name, current, 'it cannot be pinned to a version')
    const older = packages.find(wanted => {
      const found = current.get(wanted.name)
      if (found?.status !== 'installed' || wanted.version === undefined) return false
      return compareVersions(wanted.version, found.version) < 0
    })
    if (older !== undefined && !allowDowngrade) throw wouldDowngrade(older, current.get(older.name)?.version ?? '')
    if (packages.length === 0) return []
    return [{ do: 'install-packages', packages, refresh, ...(older === undefined ? {} : { allowDowngrade }) }]
  },
})

function wouldDowngrade({ name, version }: WantedPackage, found: string): AppError {
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `\`${name}\` ${found} is installed, and \`${version}\` is older`,
    hint: 'To go back to the older version, add `allow_downgrade: true`.',
  })
}
