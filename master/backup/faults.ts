import { AppError } from '../../protocol/errors.ts'

/** Creates a BACKUP_UNREADABLE error; the reason begins with `it`. */
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

/** True for an error of the operating system, which is not a bug of ours. */
export function isOfSystem(thrown: unknown): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'syscall' in thrown
}

/**
 * Converts an error of a backup stream: keeps explained and system errors, and wraps others with a reason that begins with
 * `it`.
 */
export function faultOf(thrown: unknown, why: string): unknown {
  return thrown instanceof AppError || isOfSystem(thrown) ? thrown : unreadable(why, thrown)
}
