const UNITS: { readonly [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Parses `90s`, `10m`, `1h` or `2d` to milliseconds; undefined for anything else. Pure. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const factor = unit === undefined ? undefined : UNITS[unit]
  return count === undefined || factor === undefined ? undefined : Number(count) * factor
}
