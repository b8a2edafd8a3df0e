import { AppError } from '../../protocol/errors.ts'
import type { Action } from '../action.ts'
import type { SystemReader } from '../system.ts'

/** Name of the account with this id, or undefined. `database` is one of getent(1). */
export async function holderOf(
  system: SystemReader,
  database: 'passwd' | 'group',
  id: number,
): Promise<string | undefined> {
  const { stdout } = await system.query(['getent', database, String(id)])
  const name = stdout.split(':')[0]?.trim()
  return name === '' ? undefined : name
}

/** Pure. */
export function idTaken(what: 'uid' | 'gid', id: number, wanted: string, holder: string): AppError {
  return new AppError({
    code: 'ID_TAKEN',
    message: `\`${wanted}\` must have the ${what} ${id}, but \`${holder}\` has it`,
    hint: `Give \`${wanted}\` another \`${what}\`, or move \`${holder}\` first.`,
  })
}

/** Compares names, ignoring order and duplicates. Pure. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return sortedNames(one).join(',') === sortedNames(other).join(',')
}

export function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}

/**
 * Plans the action that gives a group exactly these members; its summary names who is added and removed. Empty when the members
 * match. Pure.
 */
export function setMembers(group: string, wanted: readonly string[], found: readonly string[]): readonly Action[] {
  if (sameNames(wanted, found)) return []
  const list = sortedNames(wanted).join(',')
  const missing = sortedNames(wanted.filter(name => !found.includes(name)))
  const extra = sortedNames(found.filter(name => !wanted.includes(name)))
  const moves = [
    ...(missing.length === 0 ? [] : [`adds ${missing.join(', ')}`]),
    ...(extra.length === 0 ? [] : [`removes ${extra.join(', ')}`]),
  ]
  const summary = `set the members of ${group} to ${list === '' ? 'nobody' : list} (${moves.join(', ')})`
  return [{ do: 'run', summary, argv: ['gpasswd', '--members', list, group] }]
}
