import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Version of a package, and the timestamp of all its files: the same input gives the same bytes. */
export interface Stamp {
  readonly version: string
  /** Seconds since 1970. */
  readonly epoch: number
}

/**
 * Reads the version from package.json; between releases it includes the number of commits since, so that a later package is an
 * upgrade: `0.1.0`, `0.1.0+121.g538efb5`, `0.1.0+121.g538efb5.dirty`. SOURCE_DATE_EPOCH takes precedence over the time of the
 * commit.
 */
export async function stampOf(project: string, environment: NodeJS.ProcessEnv): Promise<Stamp> {
  const path = join(project, 'package.json')
  const { version } = JSON.parse(await readFile(path, 'utf8')) as { readonly version: string }
  const given = Number(environment['SOURCE_DATE_EPOCH'] ?? Number.NaN)
  const git = async (...words: readonly string[]): Promise<string | undefined> => {
    const { exitCode, stdout } = await execa('git', words, { cwd: project, reject: false })
    return exitCode === 0 ? stdout.trim() : undefined
  }
  const [commit, count, tag, changes, seconds] = await Promise.all([
    git('rev-parse', '--short=7', 'HEAD'),
    git('rev-list', '--count', 'HEAD'),
    git('describe', '--exact-match', '--tags', '--match', `v${version}`),
    git('status', '--porcelain'),
    git('log', '-1', '--format=%ct'),
  ])
  const epoch = Number.isFinite(given) ? given : Number(seconds ?? Math.floor((await stat(path)).mtimeMs / 1000))
  if (commit === undefined || (tag !== undefined && changes === '')) return { version, epoch }
  return { version: `${version}+${count}.g${commit}${changes === '' ? '' : '.dirty'}`, epoch }
}
