/** Typed input without the escapes for this client. */
export interface Typed {
  readonly bytes: Uint8Array
  /** True when `~.` was typed at the beginning of a line: leave the terminal, even if a program hangs. */
  readonly leave: boolean
}

const TILDE = 0x7e
const DOT = 0x2e
const LINE_ENDS: ReadonlySet<number> = new Set([0x0d, 0x0a])

/**
 * Detects `~.` at the beginning of a line, as ssh does; `~~` there is one tilde, and other tildes are literal. Each call takes
 * new input; input after leaving is dropped.
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
