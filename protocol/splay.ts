import { sha256Of } from './catalog.ts'

/**
 * Offset of one of many within `splayMs`. Always the same for the same seed and name, so that its interval stays regular, and
 * evenly distributed over all names. Pure.
 */
export function splayOffsetMs(seed: string, name: string, splayMs: number): number {
  const fraction = Number.parseInt(sha256Of(`${seed}\0${name}`).slice(0, 12), 16) / 2 ** 48
  return Math.floor(fraction * splayMs)
}
