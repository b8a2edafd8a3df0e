import type { Problem } from '../../../protocol/errors.ts'
import type { CopyWish } from '../place.ts'
import { minionCount, namesText } from './minion-names.ts'
import { indent, renderProblems } from './problems.ts'
import { type Style, safe } from './style.ts'

/** A file that was copied to or from a minion. */
export interface Copied {
  readonly minion: string
  readonly from: string
  readonly to: string
  readonly size: number
  readonly sha256: string
}

/** What `master cp` with several minions came to. */
export interface CopyAnswer {
  readonly copies: readonly Copied[]
  readonly failed: readonly { readonly minion: string; readonly problem: Problem }[]
  /** Minions that were not connected. */
  readonly offline: readonly string[]
}

/** One line for one copy. Pure. */
export function copiedLine({ to, size, sha256 }: Copied): string {
  return `${safe(to)}: ${size} bytes, SHA-256 ${sha256}\n`
}

/** What went to many minions in one line, what came from them in one line each; then failures, equal ones together. Pure. */
export function renderCopies({ way }: CopyWish, { copies, failed, offline }: CopyAnswer, style: Style): string {
  const { colours } = style
  const [first] = copies
  const done =
    way === 'put' && first !== undefined
      ? [`${namesText(copies.map(({ minion }) => minion))}  ${copiedLine(first)}`]
      : copies.map(copiedLine)
  const groups = Map.groupBy(failed, ({ problem }) => JSON.stringify(problem))
  const failures = [...groups.values()].map(group => {
    const names = colours.bold(namesText(group.map(({ minion }) => minion)))
    const [one] = group.map(({ problem }) => problem)
    return `${names}  ${colours.red('failed')}\n${indent(renderProblems(one === undefined ? [] : [one], style))}`
  })
  const away = offline.length === 0 ? [] : [`${colours.bold(namesText(offline))}  ${colours.red('offline')}\n`]
  return [...done, ...failures, ...away, `${countsOf({ copies, failed, offline })}\n`].join('')
}

function countsOf({ copies, failed, offline }: CopyAnswer): string {
  const all = copies.length + failed.length + offline.length
  const parts = [
    `${copies.length} copied`,
    ...(failed.length === 0 ? [] : [`${failed.length} failed`]),
    ...(offline.length === 0 ? [] : [`${offline.length} offline`]),
  ]
  return `${minionCount(all)}: ${parts.join(', ')}`
}
