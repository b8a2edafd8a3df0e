import type { OrphansResult } from '../../verbs/orphans.ts'
import { fold, type Piece } from './fold.ts'
import { byMinion, namesText } from './minion-names.ts'
import { targetOf, targetTyped } from './next-command.ts'
import type { Style } from './style.ts'
import { renderTable, type Table, type TableWish } from './table.ts'
import { moment } from './time.ts'

type StoredOrphan = OrphansResult['minions'][number]['orphans'][number]

/** The table of a group; without its minions, which stand above it. */
export const ORPHANS: Table<StoredOrphan> = [
  { name: 'orphan', breaks: true, wraps: 24, cell: ({ thing }, { colours }) => ({ text: thing, paint: colours.bold }) },
  { name: 'state', rank: 3, breaks: true, wraps: 16, cell: stateOf },
  { name: 'role', rank: 2, cell: ({ role }) => role },
  { name: 'managed-until', title: 'managed until (UTC)', rank: 1, folds: 11, cell: managedText },
  { name: 'removal', wraps: 16, cell: removalText },
]

/** The same orphans on some minions. */
export interface OrphanGroup {
  readonly minions: readonly string[]
  readonly orphans: readonly StoredOrphan[]
  /** Number of those that the master did not keep. */
  readonly more: number
}

interface Shown {
  /** As it was typed. */
  readonly target?: string | undefined
  /** True: what comes next is a question. */
  readonly isQuestion?: boolean
  readonly table?: TableWish | undefined
}

/** Renders `master orphans`: a table for each group of minions with equal orphans. Pure. */
export function renderOrphans(
  result: OrphansResult,
  style: Style,
  { target, isQuestion = false, table: wish }: Shown = {},
): string {
  const { bold, dim } = style.colours
  const groups = groupsOf(result)
  const silent =
    result.unknown.length === 0
      ? []
      : [`no report yet: ${namesText(result.unknown)}; apply or test to see its orphans\n`]
  if (groups.length === 0)
    return [...silent, ...(silent.length > 0 && result.minions.length === 0 ? [] : ['no orphans\n'])].join('')
  const tables = groups.map(({ minions, orphans, more }) => {
    const table = renderTable(ORPHANS, orphans, style, wish)
    const left = more === 0 ? '' : `${dim(`... and ${more} more`)}\n`
    return `${bold(namesText(minions))}\n${table}${left}\n`
  })
  const all = result.minions
    .filter(({ count }) => count > 0)
    .toSorted(byMinion)
    .map(({ minion }) => minion)
  const on = targetTyped(target) ?? targetOf(all, undefined) ?? 'TARGET'
  const next: readonly Piece[] = [
    { text: `remove them: master orphans ${on} --remove`, paint: dim, whole: true },
    { text: `keep them, unmanaged: master orphans ${on} --forget`, paint: dim, whole: true },
  ]
  const foot = isQuestion ? [] : next.flatMap(piece => fold([piece], style, { hang: 0 })).map(line => `${line}\n`)
  return [...tables, ...silent, ...foot].join('')
}

/** Groups minions with equal orphans. Pure. */
export function groupsOf({ minions }: OrphansResult): readonly OrphanGroup[] {
  const groups = Map.groupBy(minions.filter(({ count }) => count > 0).toSorted(byMinion), ({ count, orphans }) =>
    JSON.stringify([count, orphans.map(one => withoutSecond(one, managedText(one)))]),
  )
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const { orphans, count } = first
    return [{ minions: group.map(({ minion }) => minion), orphans, more: count - orphans.length }]
  })
}

function withoutSecond({ lastManagedAt: _at, ...orphan }: StoredOrphan, managed: string): unknown {
  return [orphan, managed]
}

/** The minute: the applies of one job end at about the same time. */
function managedText({ lastManagedAt }: StoredOrphan): string {
  return lastManagedAt === undefined ? '-' : moment(lastManagedAt).slice(0, 'YYYY-MM-DD HH:MM'.length)
}

/** Formats the state that made an orphan: `file.managed motd`. Pure. */
export function stateOf({ key, type, id }: StoredOrphan): string {
  return type === undefined || id === undefined ? key : `${type} ${id}`
}

/** Says how an orphan can be removed. Pure. */
export function removalText({ removal, kept, made }: StoredOrphan): string {
  if (removal !== undefined) return removal
  if (kept !== undefined) return `none: ${kept}`
  return made ? 'unknown until its minion is upgraded' : 'none: it existed before Saltern managed it'
}

/** What orphans are left on minions, one line for each number of them. */
export function orphanCountLines(
  counts: readonly { readonly minion: string; readonly count: number }[],
  style: Style,
): readonly string[] {
  const groups = Map.groupBy(
    counts.filter(({ count }) => count > 0),
    ({ count }) => count,
  )
  return [...groups]
    .toSorted(([a], [b]) => b - a)
    .flatMap(([count, group]) => {
      const minions = group.map(({ minion }) => minion)
      const orphans = count === 1 ? '1 orphan' : `${count} orphans`
      const text = `${namesText(minions)} ${minions.length === 1 ? `has ${orphans}` : `have ${orphans} each`}:`
      const on = targetOf(minions, undefined)
      const command = on === undefined ? 'master orphans' : `master orphans ${on}`
      return fold(
        [
          { text, paint: style.colours.yellow },
          { text: command, whole: true, gap: ' ' },
        ],
        style,
        { hang: 2 },
      )
    })
}
