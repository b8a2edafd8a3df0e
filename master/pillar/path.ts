import { AppError } from '../../protocol/errors.ts'

/** Splits a dotted path such as `mariadb.replication.password` into its keys. Throws PILLAR_PATH_INVALID. Pure. */
export function parsePillarPath(text: string): readonly string[] {
  const keys = text.split('.')
  if (keys.every(key => /^[A-Za-z0-9_-]+$/.test(key))) return keys
  throw new AppError({
    code: 'PILLAR_PATH_INVALID',
    message: `a pillar path must be names of letters, digits, \`_\` and \`-\`, separated by dots, got \`${text.slice(0, 80)}\``,
    hint: 'For example, write `mariadb.replication.password`.',
  })
}
