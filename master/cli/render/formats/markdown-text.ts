import { safe } from '../../../../protocol/safe-text.ts'

/** GitHub refuses a comment of more than 65,536 characters. */
const MOST_CHARACTERS = 60_000

/** A part of a page: a heading, or a summary that opens, and what is below it. */
export interface Section {
  readonly title: string
  /** True: closed until somebody clicks. */
  readonly folded: boolean
  readonly blocks: readonly string[]
}

/** Sections as long as there is room; of what has none only the count is said, and where to find it. Pure. */
export function markdownText(
  head: readonly string[],
  sections: readonly Section[],
  foot: string,
  more: string,
): string {
  let room = MOST_CHARACTERS - head.join('').length - foot.length
  const texts = sections.flatMap(({ title, folded, blocks }) => {
    if (blocks.length === 0) return []
    const shown: string[] = []
    for (const block of blocks) {
      if (block.length + 200 > room) break
      room -= block.length + 2
      shown.push(block)
    }
    room -= title.length + 100
    const left = blocks.length - shown.length
    const all = [...shown, ...(left === 0 ? [] : [`and ${left} more: ${code(more)}`])].join('\n\n')
    return [folded ? `<details><summary>${title}</summary>\n\n${all}\n\n</details>` : `#### ${title}\n\n${all}`]
  })
  return `${[...head, ...texts, foot].filter(text => text !== '').join('\n\n')}\n`
}

/** Text of a host or a file as it is, in a line. Pure. */
export function code(text: string): string {
  const shown = safe(text)
  const fence = '`'.repeat(longestRun(shown) + 1)
  const gap = /^`|`$/.test(shown) ? ' ' : ''
  return `${fence}${gap}${shown}${gap}${fence}`
}

/** The same as lines of their own. Pure. */
export function fenced(text: string, language: 'text' | 'diff'): string {
  const shown = safe(text, { lines: true }).trimEnd()
  const fence = '`'.repeat(Math.max(longestRun(shown) + 1, 3))
  return `${fence}${language}\n${shown}\n${fence}`
}

function longestRun(text: string): number {
  let longest = 0
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length)
  return longest
}
