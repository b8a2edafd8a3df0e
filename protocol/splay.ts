import { sha256Of } from './catalog.ts'

/**
 * Where in `splayMs` one of many begins: always the same for the same seed and name, so that its rhythm stays even, and
 * spread evenly over all names. Pure.
 */
export function splayOffsetMs(seed: string, name: string, splayMs: number): number {
  const fraction = Number.parseInt(sha256Of(`${seed}\0${name}`).slice(0, 12), 16) / 2 ** 48
  return Math.floor(fraction * splayMs)
}
