import type { BenchRun, Row } from './row.ts'
import { amount, short } from './table.ts'

/**
 * Shows two runs side by side. The change compares the ratios to the floor where both have one, because two runs rarely meet
 * the same machine; otherwise the values.
 */
export function compareRuns(before: BenchRun, after: BenchRun): string {
  const old = new Map(before.rows.map(row => [keyOf(row), row]))
  const fresh = new Map(after.rows.map(row => [keyOf(row), row]))
  const lines = [...new Set([...old.keys(), ...fresh.keys()])].map(key => lineOf(old.get(key), fresh.get(key)))
  const warning =
    before.short === after.short
      ? ''
      : 'One of the runs is `--short`: rows are compared only where the sizes are equal.\n\n'
  return `${warning}| section | row | n | before | after | change |\n|---|---|---:|---|---|---:|\n${lines.join('\n')}\n`
}

function keyOf({ section, name, n }: Row): string {
  return JSON.stringify([section, name, n])
}

function lineOf(old: Row | undefined, fresh: Row | undefined): string {
  const row = fresh ?? old
  if (row === undefined) return ''
  return `| ${row.section} | ${row.name} | ${row.n.toLocaleString('en')} | ${shown(old)} | ${shown(fresh)} | ${changeOf(old, fresh)} |`
}

function shown(row: Row | undefined): string {
  if (row === undefined) return '-'
  return row.ratio === null ? amount(row.value, row.unit) : `${amount(row.value, row.unit)} (${short(row.ratio)} x)`
}

function changeOf(old: Row | undefined, fresh: Row | undefined): string {
  if (old === undefined || fresh === undefined) return '-'
  const both = old.ratio !== null && fresh.ratio !== null
  const [was, is] = both ? [old.ratio, fresh.ratio] : [old.value, fresh.value]
  if (was === null || is === null || was === 0) return was === is ? '0 %' : '-'
  const percent = Math.round((is / was - 1) * 100)
  return `${percent > 0 ? '+' : ''}${percent} %${both ? ' of the ratio' : ''}`
}
