import { execFile } from 'node:child_process'

export interface GitState {
  readonly revision: string
  /** True when there are uncommitted changes below the fleet directory. */
  readonly dirty: boolean
}

/** Returns the git state of a directory; undefined outside a repository or without git. */
export async function gitStateOf(directory: string): Promise<GitState | undefined> {
  const revision = await git(directory, ['rev-parse', '--verify', 'HEAD'])
  if (revision === undefined || !/^[0-9a-f]{40,64}\s*$/.test(revision)) return undefined
  const status = await git(directory, ['status', '--porcelain', '--', '.'])
  return { revision: revision.trim(), dirty: status === undefined || status.trim() !== '' }
}

function git(directory: string, argv: readonly string[]): Promise<string | undefined> {
  const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' }
  return new Promise(resolve => {
    // A user who can write the fleet's files must not be able to make this process run their programs.
    execFile(
      'git',
      ['-C', directory, '-c', 'core.fsmonitor=false', ...argv],
      { timeout: 10_000, env: environment },
      (error, stdout) => {
        resolve(error === null ? stdout : undefined)
      },
    )
  })
}
