import type { RoleLibrary } from './library.ts'

/** Matches `{{export "masterdb" "address"}}` in YAML and templates. Not `exports`, which accepts that there is none. */
const READS = /\bexport\s+(["'])([^"'\s]+)\1\s/g

/** Lists, by role, the roles that it needs for an export; known without compiling for a minion. Pure. */
export function rolesNeeded({ files, roles }: RoleLibrary): ReadonlyMap<string, readonly string[]> {
  const found = new Map([...roles.keys()].map(name => [name, new Set<string>()]))
  for (const [path, bytes] of files) {
    const [, role, rest = ''] = /^roles\/([^/]+)\/(.+)$/.exec(path) ?? []
    const names = role === undefined ? undefined : found.get(role)
    if (names === undefined || !/^(role\.yml|states\.yml|templates\/)/.test(rest)) continue
    for (const [, , name] of new TextDecoder().decode(bytes).matchAll(READS)) {
      if (name !== undefined) names.add(name)
    }
  }
  return new Map([...found].map(([name, read]) => [name, [...read].sort()]))
}
