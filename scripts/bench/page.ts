import { AIMS, aimText } from './goals.ts'
import type { BenchRun } from './row.ts'
import { SECTIONS } from './sections.ts'
import { benchTables } from './table.ts'

/** Parts of docs/benchmarks.md that are written from the code and from a run. */
type Part = 'sections' | 'goals' | 'results'

/** Writes the lists of sections and goals into the page. Pure. */
export function withSections(page: string): string {
  const sections = SECTIONS.map(({ section, about }) => `| ${section} | ${about} |`).join('\n')
  const goals = AIMS.map(aim => {
    return `| ${aim.section} | ${aim.name} | ${aim.n?.toLocaleString('en') ?? 'any'} | ${aimText(aim)} |`
  }).join('\n')
  const first = withPart(page, 'sections', `| section | what is measured |\n|---|---|\n${sections}`)
  return withPart(first, 'goals', `| section | row | n | goal |\n|---|---|---:|---|\n${goals}`)
}

/** Writes a run into the page. Pure. */
export function withRun(page: string, run: BenchRun): string {
  if (run.short) throw new Error('a run with --short says nothing about speed, so it is not written into the page')
  const { cpus, model, memoryMiB, kernel, node } = run.machine
  const where = `Measured on ${cpus} processors (${model}) with ${memoryMiB} MiB of memory, Linux ${kernel}, Node ${node}.`
  return withPart(page, 'results', `${where}\n\n${benchTables(run).trimEnd()}`)
}

function withPart(page: string, part: Part, text: string): string {
  const [begin, end] = [`<!-- ${part}: written by node scripts/docs/benchmarks.ts -->`, `<!-- the end of ${part} -->`]
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no \`${begin}\` before \`${end}\``)
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`
}
