import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PROJECT = join(import.meta.dirname, '..', '..')

/** Lists the paths (relative to the project) of all files below these folders that git tracks or would track. */
export function filesBelow(folders: readonly string[], suffix: string): readonly string[] {
  const argv = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--', ...folders]
  const listed = execFileSync('git', argv, { cwd: PROJECT, encoding: 'utf8' }).split('\0')
  return listed.filter(path => path.endsWith(suffix)).sort()
}

export function readSource(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8')
}
