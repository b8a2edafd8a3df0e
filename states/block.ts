/** A part of a file between two lines that mark it. */
export interface Markers {
  readonly start: string
  readonly end: string
}

/** The lines between the markers; undefined when there is no such block. Pure. */
export function blockIn(text: string, { start, end }: Markers): string | undefined {
  const lines = text.split('\n')
  const first = lines.indexOf(start)
  const last = lines.indexOf(end, first + 1)
  return first < 0 || last < 0
    ? undefined
    : lines
        .slice(first + 1, last)
        .map(line => `${line}\n`)
        .join('')
}

/** The same text with this block, in its old place or at the end; `undefined` takes it away with its markers. Pure. */
export function withBlock(text: string, markers: Markers, block: string | undefined): string {
  const { start, end } = markers
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const first = lines.indexOf(start)
  const last = lines.indexOf(end, first + 1)
  // A start without an end: what follows it may be anybody's, so that only the line itself goes.
  const [from, count] = first < 0 ? [lines.length, 0] : last < 0 ? [first, 1] : [first, last - first + 1]
  const inner = block === undefined ? [] : [start, ...(block === '' ? [] : block.replace(/\n$/, '').split('\n')), end]
  const all = lines.toSpliced(from, count, ...inner)
  return all.length === 0 ? '' : `${all.join('\n')}\n`
}
