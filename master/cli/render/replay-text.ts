/**
 * What a recorded terminal showed, made fit to be shown again at somebody else's: colours, movements and screens stay;
 * what a terminal would answer to (its answers would be typed into his shell), and strings to it, such as what sets its
 * title or clipboard, go. Pieces may be cut anywhere.
 */
export interface ReplayText {
  push(text: string): string
}

const STRINGS: ReadonlySet<string> = new Set(['P', 'X', ']', '^', '_'])
/** Final letters of sequences that ask or command: device attributes, status reports, window operations, media copy. */
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
        // ENQ asks; the C1 controls are escapes in one character.
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
    // ESC Z asks what it is; ESC c forgets all that was shown.
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
  // The shape of the cursor (`CSI n SP q`) asks nothing.
  if (sequence.endsWith(' q')) return false
  // Modes that are asked for (`CSI ? n $ p`), and those that make a terminal report its mouse, its focus, or pastes.
  return ASKING.test(sequence) || sequence.endsWith('$p') || /\[\?(?:9|100[0-6]|1015|1016|2004)[hl]$/.test(sequence)
}
