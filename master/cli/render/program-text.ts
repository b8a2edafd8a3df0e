import { safe } from './style.ts'

const ESCAPE = '\u001b'
const DECORATION = /^\[[0-9;]*[mK]/

/**
 * Splits the output of a program into lines that a terminal can show: without its colours and line-clearing, with tabs. Other escape
 * sequences and carriage returns within a line stay and are shown as text, so nothing can move the cursor or forge a line. Pure.
 */
export function programLines(output: string): readonly string[] {
  return linesOf(output).map(line => safe(line, { lines: true }))
}

/**
 * Like `programLines`, but of a line that the program wrote several times, such as a progress bar, only the last version, as a terminal
 * would have it at the end. Pure.
 */
export function lastVersions(output: string): readonly string[] {
  return linesOf(output).map(line => safe(line.slice(line.lastIndexOf('\r') + 1), { lines: true }))
}

/** Splits at line feeds, with or without carriage returns before them. Linear: a program can print megabytes on one line. */
function linesOf(output: string): readonly string[] {
  const text = undecorated(output)
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').map(line => {
    let end = line.length
    while (line[end - 1] === '\r') end -= 1
    return line.slice(0, end)
  })
}

function undecorated(text: string): string {
  const [first = '', ...rest] = text.split(ESCAPE)
  return first + rest.map(part => (DECORATION.test(part) ? part.replace(DECORATION, '') : ESCAPE + part)).join('')
}
