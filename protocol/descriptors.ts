/** A `Problem` as in errors.ts, which imports this module. */
interface NoDescriptors {
  readonly code: 'DESCRIPTORS_EXHAUSTED'
  readonly message: string
  readonly hint: string
}

/**
 * Returns a DESCRIPTORS_EXHAUSTED problem when an error or one of its causes is a lack of file descriptors; otherwise
 * undefined. Pure.
 */
export function withoutDescriptors(thrown: unknown): NoDescriptors | undefined {
  let cause = thrown
  for (let depth = 0; depth < 5 && cause instanceof Error; depth++) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'EMFILE' || code === 'ENFILE') {
      const whose = code === 'EMFILE' ? 'this program' : 'the whole system'
      return {
        code: 'DESCRIPTORS_EXHAUSTED',
        message: `${whose} has no file descriptor left: ${message}`,
        hint:
          code === 'EMFILE'
            ? 'Raise the limit: `systemctl edit saltern-master` (or `saltern-minion`), write `[Service]` and `LimitNOFILE=65536`, then restart it.'
            : 'Raise `fs.file-max` with `sysctl`, or end the program that has so many files open: `lsof | cut -d" " -f1 | sort | uniq -c`. `LimitNOFILE=` bounds a unit.',
      }
    }
    cause = cause.cause
  }
  return undefined
}
