import { AppError } from '../protocol/errors.ts'
import type { SystemReader } from './system.ts'

/** Who has this number: the name, or undefined. `database` is one of getent(1). */
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
    message: `\`${wanted}\` shall have the ${what} ${id}, but \`${holder}\` has it`,
    hint: `Give \`${wanted}\` another \`${what}\`, or move \`${holder}\` first.`,
  })
}

/** Both sorted and without doubles. Pure. */
export function sameNames(one: readonly string[], other: readonly string[]): boolean {
  return sortedNames(one).join(',') === sortedNames(other).join(',')
}

export function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort()
}
