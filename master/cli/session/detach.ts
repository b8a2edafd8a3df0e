/** What was typed, without the words that are for this side. */
export interface Typed {
  readonly bytes: Uint8Array
  /** `~.` was typed at the beginning of a line: leave the terminal, even if a program hangs. */
  readonly leave: boolean
}

const TILDE = 0x7e
const DOT = 0x2e
const LINE_ENDS: ReadonlySet<number> = new Set([0x0d, 0x0a])

/**
 * Finds `~.` at the beginning of a line, as ssh does; `~~` there is one tilde, and every other tilde is itself. Each call takes
 * what was typed since the last; what is typed after leaving is nobody's.
 */
export function createDetach(): (typed: Uint8Array) => Typed {
  let atStart = true
  let held = false
  let left = false
  return typed => {
    if (left) return { bytes: new Uint8Array(), leave: true }
    const out: number[] = []
    for (const byte of typed) {
      if (held) {
        held = false
        if (byte === DOT) {
          left = true
          return { bytes: Uint8Array.from(out), leave: true }
        }
        if (byte !== TILDE) out.push(TILDE)
        out.push(byte)
        atStart = LINE_ENDS.has(byte)
      } else if (atStart && byte === TILDE) {
        held = true
      } else {
        out.push(byte)
        atStart = LINE_ENDS.has(byte)
      }
    }
    return { bytes: Uint8Array.from(out), leave: false }
  }
}
