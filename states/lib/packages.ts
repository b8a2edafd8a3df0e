import { AppError } from '../../protocol/errors.ts'
import { isJsonObject } from '../../protocol/json.ts'
import { describeValue, type Kind } from '../kinds.ts'
import { PACKAGE } from '../name-kinds.ts'
import type { PackageStatus, SystemReader } from '../system.ts'

export interface WantedPackage {
  readonly name: string
  readonly version?: string
}

/** `nginx`, or `{nginx: 1.22.1-9}` for a specific version. A checked map stays a map, because catalogs are checked twice. */
export function packageSpec(): Kind<string | { readonly [name: string]: string }> {
  const expected = 'the name of a Debian package, or a map of one name to its version'
  return {
    expected,
    secret: false,
    check(value) {
      if (typeof value === 'string' && PACKAGE.test(value)) return { ok: true, value }
      if (isJsonObject(value)) {
        const [entry, ...more] = Object.entries(value)
        if (entry !== undefined && more.length === 0 && PACKAGE.test(entry[0])) {
          const version = entry[1]
          if (typeof version === 'string' || typeof version === 'number')
            return { ok: true, value: { [entry[0]]: String(version) } }
        }
      }
      return { ok: false, fault: { at: '', expected, found: describeValue(value) } }
    },
  }
}

/** The packages of the list, or the name alone when there is no list. Pure. */
export function wantedPackages(
  name: string,
  version: string | undefined,
  pkgs: readonly (string | { readonly [name: string]: string })[] | undefined,
): readonly WantedPackage[] {
  if (pkgs === undefined) return [version === undefined ? { name } : { name, version }]
  return pkgs.flatMap((spec): readonly WantedPackage[] => {
    if (typeof spec === 'string') return [{ name: spec }]
    return Object.entries(spec).map(([pkg, pinned]) => ({ name: pkg, version: pinned }))
  })
}

export type PackageLook = ReadonlyMap<string, PackageStatus | undefined>

export async function lookAtPackages(system: SystemReader, names: readonly string[]): Promise<PackageLook> {
  const entries = await Promise.all(names.map(async name => [name, await system.packageStatus(name)] as const))
  return new Map(entries)
}

/** The error for a virtual package where one of its providers must be named. Pure. */
export function isVirtual(name: string, look: PackageLook, why: string): AppError {
  const providers = (look.get(name)?.providedBy ?? []).map(provider => `\`${provider}\``)
  return new AppError({
    code: 'PACKAGE_FAILED',
    message: `\`${name}\` is a virtual package: ${why}; it is provided by ${providers.join(', ')}`,
    hint: 'Name one of these packages instead.',
  })
}

/** Checks `name` as a package name when no list is given. Pure. */
export function nameConflicts(name: string, pkgs: unknown): readonly string[] {
  if (pkgs !== undefined || PACKAGE.test(name)) return []
  return [`\`${name}\` is not the name of a Debian package; write \`name\` or \`pkgs\``]
}
