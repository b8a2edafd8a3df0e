/** The widths of a column. */
export interface ColumnNeed {
  /** Of its longest cell. */
  readonly full: number
  /** The smallest one: of the longest word when cells are wrapped, otherwise `full`. */
  readonly least: number
  /** The same for most of the cells; a longer cell moves the rest of its row to the next line. */
  readonly usual: { readonly full: number; readonly least: number }
  /** Of cells that take two lines rather than being left out; undefined: they are left out. */
  readonly folded: number | undefined
  /** By how much its cells are wider than `least`, summed up: with the same room, it saves more lines. */
  readonly excess: number
  /** Columns with the highest ranks are left out first; undefined: never left out. */
  readonly rank: number | undefined
}

interface Range {
  readonly full: number
  readonly least: number
  readonly excess: number
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
  const folding = usual.map(({ folded, ...need }, at) => {
    return folded === undefined || hanging[at] !== undefined ? need : { ...need, full: folded, least: folded }
  })
  return distribute(folding, width)
}

function isWhole(widths: Widths): boolean {
  return widths.every(width => width !== undefined)
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

/** Shares the room that is left among the columns that can use it, in proportion to what they are short of. */
function share(ranges: readonly Range[], room: number): ReadonlyMap<Range, number> {
  const wider = new Map<Range, number>()
  const wrapping = ranges
    .filter(({ full, least }) => full > least)
    .sort((a, b) => (a.full - a.least) / a.excess - (b.full - b.least) / b.excess)
  let rest = room
  let excess = wrapping.reduce((sum, range) => sum + range.excess, 0)
  for (const range of wrapping) {
    // Without a limit of the width, there is room for each of them.
    const fair = rest === Number.POSITIVE_INFINITY ? rest : Math.floor((rest * range.excess) / excess)
    const more = Math.min(range.full - range.least, fair)
    wider.set(range, more)
    rest -= more
    excess -= range.excess
  }
  return wider
}
