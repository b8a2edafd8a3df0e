import { AppError } from '../../protocol/errors.ts'

/** BACKUP_UNREADABLE with a reason that begins with `it`. */
export function unreadable(why: string, cause?: unknown): AppError {
  return new AppError(
    {
      code: 'BACKUP_UNREADABLE',
      message: `the backup cannot be restored: ${why}; nothing was changed`,
      hint: 'Check the passphrase, or copy the file again from where it is stored.',
    },
    cause === undefined ? {} : { cause },
  )
}

/** True for what the system refused, which is no bug of ours. */
export function isOfSystem(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown
}

/** What a stream of a backup ends with: a fault that is already explained, or of the system, or else a reason that begins with `it`. */
export function faultOf(thrown: unknown, why: string): unknown {
  return thrown instanceof AppError || isOfSystem(thrown) ? thrown : unreadable(why, thrown)
}
