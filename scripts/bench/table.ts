import type { BenchRun, Row } from './row.ts'

const HEAD = '| n | row | value | floor | ratio | peers | goal |\n|---:|---|---:|---|---:|---|---|'

/** Formats a run as Markdown: a table for each section, then what was left out. */
export function benchTables({ rows, leftOut }: Pick<BenchRun, 'rows' | 'leftOut'>): string {
  const tables = [...Map.groupBy(rows, ({ section }) => section)].map(([section, own]) => {
    return `### ${section}\n\n${HEAD}\n${own.map(lineOf).join('\n')}\n`
  })
  const missing = leftOut.map(({ section, what, why }) => `- ${section}: ${what} (${why})`)
  return [...tables, ...(missing.length === 0 ? [] : [`### Not measured\n\n${missing.join('\n')}\n`])].join('\n')
}

function lineOf({ n, name, value, unit, floor, ratio, peers, goal }: Row): string {
  const cells = [
    n.toLocaleString('en'),
    name,
    amount(value, unit),
    floor === null ? '-' : `${floor.name}: ${amount(floor.value, unit)}`,
    ratio === null ? '-' : `${short(ratio)} x`,
    Object.entries(peers)
      .map(([peer, of]) => `${peer} ${amount(of, unit)}`)
      .join(', ') || '-',
    goal === null ? '-' : `${goal.text}: ${goal.met === null ? 'not compared' : goal.met ? 'met' : '**missed**'}`,
  ]
  return `| ${cells.join(' | ')} |`
}

export function amount(value: number, unit: Row['unit']): string {
  return `${short(value)} ${unit}`
}

/** Three significant digits, without an exponent. */
export function short(value: number): string {
  if (value === 0) return '0'
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value
    .toFixed(Math.min(digits, 6))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '')
}
