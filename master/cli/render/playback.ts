import { stripVTControlCharacters } from 'node:util'
import type { Cast } from '../../recordings/cast.ts'
import { createReplayText } from './replay-text.ts'
import { safe } from './style.ts'

/** Text to show, and the pause before it. */
export interface Step {
  readonly waitMs: number
  readonly text: string
}

export interface Pace {
  /** Factor; 2 is twice as fast. */
  readonly speed: number
  /** Limit for each pause; undefined keeps the recorded pauses. */
  readonly maxWaitMs: number | undefined
}

/** Computes what to show when, from a recording. Pure. */
export function playback({ events }: Cast, { speed, maxWaitMs = Number.POSITIVE_INFINITY }: Pace): readonly Step[] {
  const filter = createReplayText()
  let last = 0
  let owed = 0
  return events.flatMap(({ seconds, kind, data }): readonly Step[] => {
    owed += Math.min(maxWaitMs, Math.max(0, (seconds - last) * 1000)) / speed
    last = Math.max(last, seconds)
    const text = kind === 'o' ? filter.push(data) : ''
    if (text === '') return []
    const waitMs = owed
    owed = 0
    return [{ waitMs, text }]
  })
}

const ESC = '\u001b'
const OTHER_SCREEN = new RegExp(String.raw`${ESC}\[\?(?:47|1047|1049)([hl])`, 'g')
/** Turns off colours, shows the cursor, wraps lines, and resets keys and scroll region. */
const AS_BEFORE = `${ESC}[0m${ESC}[?25h${ESC}[?7h${ESC}[?1l${ESC}>${ESC}(B${ESC}7${ESC}[r${ESC}8\r\n`

/** Computes the sequences that make a terminal usable again after these steps of a recording. Pure. */
export function terminalAgain(shown: readonly Step[]): string {
  let isOther = false
  for (const { text } of shown) {
    for (const [, way] of text.matchAll(OTHER_SCREEN)) isOther = way === 'h'
  }
  return `${isOther ? `${ESC}[?1049l` : ''}${AS_BEFORE}`
}

/** Renders all output as lines of text, without colours and cursor movements. Pure. */
export function plainText({ events }: Cast): string {
  const shown = events.flatMap(({ kind, data }) => (kind === 'o' ? data : [])).join('')
  const lines = stripVTControlCharacters(shown).replaceAll(/\r+\n/g, '\n').split('\n')
  return `${lines.map(lastWritten).join('\n').trimEnd()}\n`
}

/** Computes the final content of a line, without text that was erased or overwritten. */
function lastWritten(line: string): string {
  const last = line.replace(/\r+$/, '').split('\r').at(-1) ?? ''
  if (!last.includes('\b')) return safe(last.replaceAll('\u0007', ''), { lines: true })
  const kept: string[] = []
  let column = 0
  for (const character of last) {
    if (character === '\b') column = Math.max(0, column - 1)
    else if (character !== '\u0007') {
      kept[column] = character
      column += 1
    }
  }
  return safe(kept.join(''), { lines: true })
}
