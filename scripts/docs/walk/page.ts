import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keyOf, type Walk, type WalkedFunction } from './graph.ts'

const BEGIN = '<!-- the walk: written by node scripts/docs/walk.ts -->'
const END = '<!-- the end of the walk -->'
const MOST_FUNCTIONS = 90
const MOST_LINES = 300

/** Replaces the walk in the page. Throws when the page has no markers for it. */
export function withWalk(page: string, walk: Walk): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} with ${END} below it`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${textOf(walk)}\n${page.slice(end)}`
}

function textOf(walk: Walk): string {
  const parts = Object.entries(walk.processes).map(([process, functions]) => {
    return `**${process}**\n\n${functions.map((one, at) => `${at + 1}. ${lineOf(one)}`).join('\n')}\n`
  })
  const all = Object.values(walk.processes).flat()
  const leaves = new Set(all.flatMap(one => one.leaves.map(({ fn }) => keyOf(fn))))
  const files = new Set(all.map(({ fn }) => fn.file))
  const total = new Set([...walk.called].map(key => key.split(' ')[0]))
  return `${all.length} functions in ${files.size} files, and ${leaves.size} leaf functions that end a step. In all, the apply called
${walk.called.size} functions of ours in ${total.size} files: the others lead to no step, or are the inside of one.

${parts.join('\n')}`
}

function lineOf({ fn, step, leaves }: WalkedFunction): string {
  const ends = leaves.map(leaf => `, \`${leaf.fn.name}\` **${leaf.step}**`).join('')
  return `\`${fn.name}\` in \`${fn.file}\`${step === undefined ? '' : ` **${step}**`}${ends}`
}

/** Lists the problems of the walk and of the page that contains it, one line each. */
export function problemsOf(walk: Walk, page: string, project: string): readonly string[] {
  const all = Object.values(walk.processes).flat()
  const listed = [...page.slice(page.indexOf(BEGIN), page.indexOf(END)).matchAll(/^\d+\. `(\S+)` in `(\S+)`/gm)]
  const shown = new Set(listed.map(([, name, file]) => `${file} ${name}`))
  const keys = all.map(({ fn }) => keyOf(fn))
  return [
    ...(all.length > MOST_FUNCTIONS
      ? [`the walk has ${all.length} functions, at most ${MOST_FUNCTIONS} are allowed`]
      : []),
    ...walk.passThrough.map(key => `${key} only passes its arguments on`),
    ...walk.long.map(key => `${key} is too long`),
    ...[...new Set(all.map(({ fn }) => fn.file))].flatMap(file => {
      const lines = readFileSync(join(project, file), 'utf8').split('\n').length - 1
      return lines > MOST_LINES ? [`${file} has ${lines} lines, at most ${MOST_LINES} are allowed`] : []
    }),
    ...[...shown].filter(key => !walk.called.has(key)).map(key => `${key} is listed, and was not called`),
    ...keys.filter(key => !shown.has(key)).map(key => `${key} is on the walk, and is not listed`),
  ]
}
