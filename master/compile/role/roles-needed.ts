import type { RoleLibrary } from './library.ts'

/** `{{export "masterdb" "address"}}`, in YAML and in templates; `exports` takes none for an answer, `export` does not. */
const READS = /\bexport\s+(["'])([^"'\s]+)\1\s/g

/** The roles of which each role needs one for an export, by role: known without compiling for any minion. Pure. */
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
