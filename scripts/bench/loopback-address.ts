/** A loopback address for each minion, in a network of its own: as many sources as in a real fleet. */
export function loopbackAddress(index: number): string {
  return `127.${1 + Math.floor(index / 250)}.${1 + (index % 250)}.1`
}
