/** The widths of a column. */
export interface ColumnNeed {
  /** Of its longest cell. */
  readonly full: number
  /** The smallest one: of the longest word when cells are wrapped, otherwise `full`. */
  readonly least: number
  /** The same for most of the cells; a longer cell moves the rest of its row to the next line. */
  readonly usual: { readonly full: number; readonly least: number }
  /** Of cells that are folded rather than left out; undefined: they are not folded. */
  readonly folded: number | undefined
  /** Columns with the highest ranks are left out first; undefined: never left out. */
  readonly rank: number | undefined
}

interface Range {
  readonly full: number
  readonly least: number
  readonly rank: number | undefined
}

type Widths = readonly (number | undefined)[]

/** Blanks between two columns. */
const GAP = 2

/**
 * Distributes the width of a terminal among columns, `undefined` for those that are left out. First, text is wrapped; then a few
 * long cells may get a line of their own, then times may take two lines; only then columns are left out, the least important ones
 * first. Pure.
 */
export function columnWidths(needs: readonly ColumnNeed[], width: number): Widths {
  const wrapped = distribute(needs, width)
  if (isWhole(wrapped) && sumOf(wrapped) <= width) return wrapped
  const usual = needs.map(need => ({ ...need, ...need.usual }))
  const hanging = distribute(usual, width)
  if (isWhole(hanging)) return hanging
  const folding = distribute(
    usual.map(({ folded, ...need }) => (folded === undefined ? need : { ...need, full: folded, least: folded })),
    width,
  )
  return worthOf(needs, folding) > worthOf(needs, hanging) ? folding : hanging
}

function isWhole(widths: Widths): boolean {
  return widths.every(width => width !== undefined)
}

/** A column is worth more than all less important ones. */
function worthOf(needs: readonly ColumnNeed[], widths: Widths): number {
  return needs.reduce(
    (sum, { rank }, at) => (rank === undefined || widths[at] === undefined ? sum : sum + 2 ** -rank),
    0,
  )
}

function sumOf(widths: Widths): number {
  return widths.reduce<number>((sum, width) => (width === undefined ? sum : sum + width + GAP), -GAP)
}

function distribute(ranges: readonly Range[], width: number): Widths {
  const shown = new Set(ranges.filter(({ rank }) => rank === undefined))
  const byRank = ranges.filter(({ rank }) => rank !== undefined).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
  let room = [...shown].reduce((rest, { least }) => rest - least - GAP, width + GAP)
  for (const range of byRank) {
    if (range.least + GAP > room) continue
    shown.add(range)
    room -= range.least + GAP
  }
  const wider = share([...shown], Math.max(room, 0))
  return ranges.map(range => (shown.has(range) ? range.least + (wider.get(range) ?? 0) : undefined))
}

/** Shares the room that is left equally among the columns that can use it. */
function share(ranges: readonly Range[], room: number): ReadonlyMap<Range, number> {
  const wider = new Map<Range, number>()
  const wrapping = ranges
    .filter(({ full, least }) => full > least)
    .sort((a, b) => a.full - a.least - (b.full - b.least))
  let rest = room
  for (const [at, range] of wrapping.entries()) {
    const more = Math.min(range.full - range.least, Math.floor(rest / (wrapping.length - at)))
    wider.set(range, more)
    rest -= more
  }
  return wider
}
