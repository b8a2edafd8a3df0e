/** A part of a file between two lines that mark it. */
export interface Markers {
  readonly start: string
  readonly end: string
}

/** The lines between the markers, without the CR of a file whose lines end in CRLF; undefined: there is no such block. Pure. */
export function blockIn(text: string, markers: Markers): string | undefined {
  const lines = text.split('\n')
  const { first, last, end } = findBlock(lines, markers)
  return first < 0 || last < 0
    ? undefined
    : lines
        .slice(first + 1, last)
        .map(line => `${end === '' ? line : withoutCr(line)}\n`)
        .join('')
}

/**
 * The same text with this block, in its old place or at the end, its lines ending as those of the file do; `undefined` takes
 * it away with its markers. Pure.
 */
export function withBlock(text: string, markers: Markers, block: string | undefined): string {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const { first, last, end } = findBlock(lines.length === 0 ? [rest] : lines, markers)
  // A last line that has no end yet gets that of the others.
  if (rest !== '') lines.push(withoutCr(rest, end) + end)
  // A start without an end: what follows it may be anybody's, so that only the line itself goes.
  const [from, count] = first < 0 ? [lines.length, 0] : last < 0 ? [first, 1] : [first, last - first + 1]
  const content = block === undefined || block === '' ? [] : block.replace(/\n$/, '').split('\n')
  const inner =
    block === undefined ? [] : [markers.start, ...content, markers.end].map(line => withoutCr(line, end) + end)
  const all = lines.toSpliced(from, count, ...inner)
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}

/** Where the markers stand (-1: nowhere), and what stands before the LF: of the marker, or of all lines when there is none. */
function findBlock(
  lines: readonly string[],
  { start, end }: Markers,
): { readonly first: number; readonly last: number; readonly end: '' | '\r' } {
  const first = lines.findIndex(line => withoutCr(line) === start)
  const last = lines.findIndex((line, at) => at > first && withoutCr(line) === end)
  const texts = first < 0 ? lines.filter(line => line !== '') : [lines[first] ?? '']
  const isDos = texts.length > 0 && texts.every(line => line.endsWith('\r'))
  return { first, last, end: isDos ? '\r' : '' }
}

function withoutCr(line: string, end: '' | '\r' = '\r'): string {
  return end === '\r' && line.endsWith('\r') ? line.slice(0, -1) : line
}
