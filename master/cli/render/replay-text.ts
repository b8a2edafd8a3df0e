/**
 * Makes recorded terminal output safe to replay on another terminal. Keeps colours, movements and screens. Removes queries,
 * whose answers would be typed into the viewer's shell, and control strings, such as those that set the title or clipboard.
 * Input can be split anywhere.
 */
export interface ReplayText {
  push(text: string): string
}

const STRINGS: ReadonlySet<string> = new Set(['P', 'X', ']', '^', '_'])
/** Final characters of sequences that query or command: device attributes, status reports, window operations, media copy. */
const ASKING = /[cintqx]$/
const LONGEST = 4096

type State = 'text' | 'escape' | 'between' | 'sequence' | 'string' | 'string-end'

export function createReplayText(): ReplayText {
  let state: State = 'text'
  let held = ''
  const step = (character: string): string => {
    const code = character.charCodeAt(0)
    switch (state) {
      case 'text':
        if (character === '\x1b') {
          state = 'escape'
          return ''
        }
        // ENQ is a query; C1 controls are one-character escapes.
        return code === 0x05 || (code >= 0x80 && code < 0xa0) ? '' : character
      case 'escape':
        return escaped(character)
      case 'between':
        state = code >= 0x20 && code < 0x30 ? 'between' : 'text'
        return state === 'between' ? hold(character) : release(character)
      case 'sequence':
        return inSequence(character, code)
      case 'string':
        if (character === '\x1b') state = 'string-end'
        else if (character === '\x07' || character === '\x18' || character === '\x1a') state = 'text'
        return ''
      case 'string-end':
        state = character === '\\' ? 'text' : 'string'
        return ''
      default:
        return state satisfies never
    }
  }
  const hold = (character: string): string => {
    held += character
    return ''
  }
  const release = (character: string): string => {
    const whole = `\x1b${held}${character}`
    held = ''
    return whole
  }
  const escaped = (character: string): string => {
    held = ''
    if (STRINGS.has(character)) {
      state = 'string'
      return ''
    }
    if (character === '[') {
      state = 'sequence'
      return hold(character)
    }
    if (character === '\x1b') return ''
    const code = character.charCodeAt(0)
    if (code >= 0x20 && code < 0x30) {
      state = 'between'
      return hold(character)
    }
    state = 'text'
    // ESC Z is a query; ESC c resets the terminal.
    return character === 'Z' || character === 'c' || code < 0x20 ? '' : release(character)
  }
  const inSequence = (character: string, code: number): string => {
    if (character === '\x1b') {
      state = 'escape'
      return ''
    }
    if (code >= 0x40 && code <= 0x7e) {
      state = 'text'
      const whole = release(character)
      return isAsking(whole) ? '' : whole
    }
    if (code < 0x20 || code > 0x7e || held.length > LONGEST) {
      state = 'text'
      held = ''
      return ''
    }
    return hold(character)
  }
  return {
    push: text => {
      let out = ''
      for (let index = 0; index < text.length; index++) out += step(text.charAt(index))
      return out
    },
  }
}

function isAsking(sequence: string): boolean {
  // The cursor shape (`CSI n SP q`) is no query.
  if (sequence.endsWith(' q')) return false
  // Mode queries (`CSI ? n $ p`), and modes that make a terminal report its mouse, focus, or pastes.
  return ASKING.test(sequence) || sequence.endsWith('$p') || /\[\?(?:9|100[0-6]|1015|1016|2004)[hl]$/.test(sequence)
}
