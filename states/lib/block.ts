/** Marker lines around a block of a file. */
export interface Markers {
  readonly start: string
  readonly end: string
}

/** The lines between the markers, without the CR in a file with CRLF line ends; undefined when there is no such block. Pure. */
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
 * Sets the block, in its old place or at the end, with the line ends of the file; `undefined` removes it together with its
 * markers. Pure.
 */
export function withBlock(text: string, markers: Markers, block: string | undefined): string {
  const lines = text.split('\n')
  const rest = lines.pop() ?? ''
  const { first, last, end } = findBlock(lines.length === 0 ? [rest] : lines, markers)
  // A last line without a line end gets the same one as the others.
  if (rest !== '') lines.push(withoutCr(rest, end) + end)
  // A start without an end: what follows can belong to anyone, so only that line is replaced.
  const [from, count] = first < 0 ? [lines.length, 0] : last < 0 ? [first, 1] : [first, last - first + 1]
  const content = block === undefined || block === '' ? [] : block.replace(/\n$/, '').split('\n')
  const inner =
    block === undefined ? [] : [markers.start, ...content, markers.end].map(line => withoutCr(line, end) + end)
  const all = lines.toSpliced(from, count, ...inner)
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}

/**
 * Positions of the markers (-1 when missing), and what comes before the LF: in the marker, or in all lines when there is none.
 */
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
