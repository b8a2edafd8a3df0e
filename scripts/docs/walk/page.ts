import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Walk, WalkedFunction } from './graph.ts'

const BEGIN = '<!-- the walk: written by node scripts/docs/walk.ts -->'
const END = '<!-- the end of the walk -->'
const MOST_FUNCTIONS = 90
const MOST_LINES = 300

/** The page with this walk in the place of the one before. Throws when the page has no place for it. */
export function withWalk(page: string, walk: Walk): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page has no ${BEGIN} with ${END} below it`)
  return `${page.slice(0, begin)}${BEGIN}\n\n${textOf(walk)}\n${page.slice(end)}`
}

function textOf(walk: Walk): string {
  const parts = Object.entries(walk.processes).map(([process, functions]) => {
    const lines = functions.map(({ key, step }, at) => {
      const [file = '', name = ''] = key.split(' ')
      return `${at + 1}. \`${name}\` in \`${file}\`${step === undefined ? '' : `: **${step}**`}`
    })
    return `**${process}**\n\n${lines.join('\n')}\n`
  })
  const all = allOf(walk)
  const files = new Set(all.map(({ fn }) => fn.file))
  const total = new Set([...walk.called].map(key => key.split(' ')[0]))
  return `${all.length} functions in ${files.size} files. In the three processes the apply called ${walk.called.size} functions of ours in
${total.size} files: the others are helpers that lead to no step, or the inside of one.

${parts.join('\n')}`
}

/** A function that two processes pass, such as one of the protocol, once. */
function allOf({ processes }: Walk): readonly WalkedFunction[] {
  return [...new Map(Object.values(processes).flatMap(list => list.map(one => [one.key, one] as const))).values()]
}

/** What is wrong with the walk, and with the page that lists it: a line each. */
export function problemsOf(walk: Walk, page: string, project: string): readonly string[] {
  const all = allOf(walk)
  const listed = [...page.slice(page.indexOf(BEGIN), page.indexOf(END)).matchAll(/^\d+\. `(\S+)` in `(\S+)`/gm)]
  const shown = new Set(listed.map(([, name, file]) => `${file} ${name}`))
  const files = [...new Set(all.map(({ fn }) => fn.file))]
  return [
    ...(all.length > MOST_FUNCTIONS
      ? [`the walk has ${all.length} functions, at most ${MOST_FUNCTIONS} are allowed`]
      : []),
    ...walk.passThrough.map(key => `${key} only passes its arguments on`),
    ...walk.long.map(key => `${key} is too long`),
    ...files.flatMap(file => {
      const lines = readFileSync(join(project, file), 'utf8').split('\n').length - 1
      return lines > MOST_LINES ? [`${file} has ${lines} lines, at most ${MOST_LINES} are allowed`] : []
    }),
    ...[...shown].filter(key => !walk.called.has(key)).map(key => `${key} is listed, and was not called`),
    ...all.filter(({ key }) => !shown.has(key)).map(({ key }) => `${key} is on the walk, and is not listed`),
  ]
}
