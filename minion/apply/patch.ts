import { createTwoFilesPatch } from 'diff'
import { shownText } from '../../protocol/byte-text.ts'
import { LIMITS } from '../../protocol/limits.ts'

/** Effort of a diff; past it there is none (a worst case costs the square of the edits). */
const MOST_EDITS = 1000
const CONTEXT_LINES = 3

/** A unified diff with the name of the file above; undefined: the texts have too little in common. Pure. */
export function patchOf(path: string, before: string, after: string): string | undefined {
  const options = { context: CONTEXT_LINES, maxEditLength: MOST_EDITS }
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, options)
  return patch?.replace(/^Index: .*\n=+\n/, '')
}

/** As long as a report may hold, and fit to be shown. Pure. */
export function limited(patch: string): string {
  const text = shownText(patch)
  if (text.length <= LIMITS.diffBytes) return text
  return `${text.slice(0, LIMITS.diffBytes)}\n... ${text.length - LIMITS.diffBytes} characters of the diff left out ...\n`
}
