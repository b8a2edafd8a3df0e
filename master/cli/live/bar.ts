/** `[=====>    ]`, as wide as the terminal has room for; empty where there is none. Pure. */
export function barOf(done: number, all: number, columns: number): string {
  const width = columns >= 120 ? 24 : columns >= 70 ? 12 : 0
  if (width === 0 || all === 0) return ''
  const full = Math.min(Math.floor((done / all) * width), width)
  const tip = full < width ? '>' : ''
  return `[${'='.repeat(full)}${tip}${' '.repeat(width - full - tip.length)}]`
}
