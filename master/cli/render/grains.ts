import type { GrainsResult, GrainsRow } from '../../verbs/grains.ts'
import { byMinion, minionCount, namesText } from './minion-names.ts'
import { padded, type Style, safe, widthOf } from './style.ts'
import { moment } from './time.ts'

/** All grains below the name of each minion; of one grain each value with the minions that have it. Pure. */
export function renderGrains({ minions, key }: GrainsResult, style: Style): string {
  return key === undefined ? minions.map(row => allOf(row, style)).join('\n') : valuesOf(minions, key, style)
}

function allOf({ minion, grains, connected, lastSeenAt }: GrainsRow, { colours }: Style): string {
  const since = lastSeenAt === undefined ? '' : `  offline since ${moment(lastSeenAt)} UTC`
  const head = `${colours.bold(safe(minion))}${connected ? '' : colours.red(since || '  never connected')}\n`
  const entries = Object.entries(grains).map(([name, value]) => [safe(name), textOf(value)] as const)
  const wide = entries.reduce((most, [name]) => Math.max(most, widthOf(name)), 0)
  const lines = entries.map(([name, value]) => `  ${colours.dim(padded(name, wide))}  ${value}\n`)
  return head + (lines.join('') || '  has reported nothing yet\n')
}

function valuesOf(rows: readonly GrainsRow[], key: string, { colours }: Style): string {
  const groups = Map.groupBy([...rows].sort(byMinion), ({ grains }) => {
    const value = Object.entries(grains).find(([name]) => name === key)?.[1]
    return value === undefined ? undefined : textOf(value)
  })
  const found = [...groups].sort(([, a], [, b]) => b.length - a.length)
  const wide = found.reduce((most, [value = '-']) => Math.max(most, widthOf(value)), 0)
  const lines = found.map(([value, group]) => {
    const names = namesText(group.map(({ minion }) => minion))
    const count = group.length > 3 ? `  (${minionCount(group.length)})` : ''
    return `${colours.bold(padded(value ?? '-', wide))}  ${names}${colours.dim(count)}\n`
  })
  return lines.join('')
}

function textOf(value: unknown): string {
  return safe(Array.isArray(value) ? value.join(', ') : String(value))
}
