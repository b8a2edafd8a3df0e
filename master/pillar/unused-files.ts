import type { Problem } from '../../protocol/errors.ts'
import { type PillarFiles, TOP_FILE } from './for-minion.ts'

/**
 * Finds pillar files that no line of the top file names, so that no minion sees them. `paths` are all paths of the fleet. Pure.
 */
export function unusedPillarFiles({ top, unread }: PillarFiles, paths: Iterable<string>): readonly Problem[] {
  // A broken top file does not show which files it names.
  if (unread === 'all') return []
  const named = new Set(top.flatMap(({ files }) => files))
  return [...paths].sort().flatMap((path): readonly Problem[] => {
    const [, name] = /^pillar\/(.+)\.yml$/.exec(path) ?? []
    if (name === undefined || path === TOP_FILE || named.has(name)) return []
    return [
      {
        code: 'PILLAR_FILE_UNUSED',
        message: `no line of ${TOP_FILE} names \`${name}\`, so no minion gets its values`,
        hint: `Name it in ${TOP_FILE}: \`- {match: "*", files: [${name}]}\`, or remove the file.`,
        source: { file: path, line: 1, column: 1 },
      },
    ]
  })
}
