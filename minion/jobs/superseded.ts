import { AppError } from '../../protocol/errors.ts'

/** The error for a catalog that is older than the newest one this minion has. */
export function superseded(generation: number, newest: number): AppError {
  return new AppError({
    code: 'RUN_SUPERSEDED',
    message: `the order is for generation ${generation} of the catalog, this minion already has generation ${newest}`,
    hint: 'Apply again from the master.',
  })
}

export function noCatalog(): AppError {
  return new AppError({
    code: 'NO_CATALOG',
    message: 'this minion has not accepted a catalog yet',
    hint: 'Apply once from the master: `master apply <minion>`.',
  })
}
