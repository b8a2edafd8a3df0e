import { defineState } from '../define.ts'
import { flag, listOf, text } from '../kinds.ts'
import { lookAtPackages, nameConflicts } from '../lib/packages.ts'
import { packageName } from '../name-kinds.ts'
import { optional, withDefault } from '../params.ts'

export const pkgRemoved = defineState({
  name: 'pkg.removed',
  summary: 'Removes Debian packages.',
  absence: true,
  nameKind: text('the name of a Debian package, or any text when `pkgs` is given'),
  params: {
    pkgs: optional(listOf(packageName()), 'Several packages instead of `name`.'),
    purge: withDefault(flag(), false, 'Also remove their configuration files.'),
  },
  owns: ({ name, pkgs }) => (pkgs === undefined ? `pkg:${name}` : undefined),
  mentions: ({ name, pkgs }) => (pkgs ?? [name]).map(one => `pkg:${one}`),
  conflicts: ({ name, pkgs }) => nameConflicts(name, pkgs),
  read: (system, { name, pkgs }) => lookAtPackages(system, pkgs ?? [name]),
  plan({ purge }, current) {
    const names = [...current].flatMap(([name, found]) => {
      // As in Ansible and Salt, a virtual package cannot be removed; its providers have other names.
      if (found === undefined || found.providedBy !== undefined) return []
      return found.status === 'config-files' && !purge ? [] : [name]
    })
    return names.length === 0 ? [] : [{ do: 'remove-packages', names, purge }]
  },
})
