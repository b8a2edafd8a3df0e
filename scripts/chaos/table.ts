import type { LoopResult } from './loop.ts'

/**
 * Renders a Markdown table: fault | times | runs | outcomes | broken invariants. The last line is about all rounds together.
 * Pure.
 */
export function chaosTable({ rounds, broken }: LoopResult): string {
  const names = [...new Set(rounds.map(({ fault }) => fault))].toSorted()
  const lines = names.map(name => {
    const own = rounds.filter(({ fault }) => fault === name)
    const runs = own.flatMap(round => round.runs)
    const times = own.filter(({ during }) => during).length
    return `| ${name} | ${times} | ${runs.length} | ${outcomesOf(runs)} | ${own.flatMap(round => round.broken).length} |`
  })
  const runs = rounds.flatMap(round => round.runs)
  const all = rounds.flatMap(round => round.broken).length + broken.length
  return [
    '| fault | times | runs | outcomes | broken invariants |',
    '|---|---|---|---|---|',
    ...lines,
    `| all | ${rounds.filter(({ during }) => during).length} | ${runs.length} | ${outcomesOf(runs)} | ${all} |`,
  ].join('\n')
}

function outcomesOf(runs: LoopResult['rounds'][number]['runs']): string {
  const counts = Object.groupBy(runs, ({ state }) => state)
  return Object.entries(counts)
    .map(([state, list]) => `${state} ${list.length}`)
    .toSorted()
    .join(', ')
}
