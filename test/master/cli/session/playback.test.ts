import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainText, playback, terminalAgain } from '../../../../master/cli/render/playback.ts'
import { createReplayText } from '../../../../master/cli/render/replay-text.ts'
import type { Cast, CastEvent } from '../../../../master/recordings/cast.ts'

const HEADER = { width: 80, height: 24, startedMs: 0, title: '', term: 'xterm' }
const cast = (...events: readonly (readonly [number, CastEvent['kind'], string])[]): Cast => {
  return { header: HEADER, events: events.map(([seconds, kind, data]) => ({ seconds, kind, data })) }
}
const SESSION = cast([0.5, 'o', 'a'], [0.5, 'o', 'b'], [2.5, 'r', '100x30'], [10.5, 'o', 'c'])

it('playback keeps the recorded pauses, including those of events without output', () => {
  expect(playback(SESSION, { speed: 1, maxWaitMs: undefined })).toEqual([
    { waitMs: 500, text: 'a' },
    { waitMs: 0, text: 'b' },
    { waitMs: 10_000, text: 'c' },
  ])
})

it('playback applies the speed and limits each pause', () => {
  expect(playback(SESSION, { speed: 4, maxWaitMs: undefined }).map(({ waitMs }) => waitMs)).toEqual([125, 0, 2500])
  expect(playback(SESSION, { speed: 1, maxWaitMs: 100 }).map(({ waitMs }) => waitMs)).toEqual([100, 0, 200])
})

it('playback tolerates timestamps that go backwards', () => {
  const steps = playback(cast([5, 'o', 'a'], [4, 'o', 'b'], [6, 'o', 'c']), { speed: 1, maxWaitMs: undefined })

  expect(steps.map(({ waitMs }) => waitMs)).toEqual([5000, 0, 1000])
})

it('after playback the alternate screen is left only if it is active', () => {
  const step = (text: string) => ({ waitMs: 0, text })

  expect(terminalAgain([step('x\u001b[?1049h'), step('y')])).toContain('\u001b[?1049l')
  expect(terminalAgain([step('x\u001b[?1049h'), step('\u001b[?1049l$ ')])).not.toContain('\u001b[?1049l')
  expect(terminalAgain([step('$ ')])).toContain('\u001b[?25h')
})

it('plainText returns the final text without colours, bells and cursor movements', () => {
  const shown = cast(
    [0, 'o', '\u001b[1;32m$\u001b[0m lx\b \bs\r\n'],
    [1, 'o', '10 %\r50 %\r100 %\r\n\u0007done\u001b]0;title\u0007\r\n\r\n'],
  )

  expect(plainText(shown)).toBe('$ ls\n100 %\ndone\n')
})

it('plainText contains no control character that a terminal interprets', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      for (const character of plainText(cast([0, 'o', text]))) {
        const code = character.codePointAt(0) ?? 0
        expect(code >= 0x20 ? code < 0x7f || code >= 0xa0 : character === '\n' || character === '\t').toBe(true)
      }
    }),
  )
})

describe('createReplayText', () => {
  const shown = (...pieces: readonly string[]): string => {
    const filter = createReplayText()
    return pieces.map(piece => filter.push(piece)).join('')
  }

  it.each([
    ['colours and movements', '\u001b[1;31mred\u001b[0m \u001b[2;5H\u001b[K'],
    ['the other screen and the cursor', '\u001b[?1049h\u001b[?25l\u001b[2 q\u001b[?25h\u001b[?1049l'],
    ['character sets and the keypad', '\u001b(0lqk\u001b(B\u001b=\u001b>\u001b7\u001b8\u001bM'],
    ['letters of all scripts, tabs and lines', 'größe 日本 🙂\t\r\n\b'],
  ])('createReplayText passes through %s', (_, text) => {
    expect(shown(text)).toBe(text)
  })

  it.each([
    ['a question for the device', '\u001b[c'],
    ['a second one', '\u001b[>0c'],
    ['a question for the cursor', '\u001b[6n'],
    ['a question for a mode', '\u001b[?2004$p'],
    ['a question for the size', '\u001b[18t'],
    ['printing', '\u001b[5i'],
    ['the mouse', '\u001b[?1006h'],
    ['marked pastes', '\u001b[?2004h'],
    ['a title', '\u001b]0;owned\u0007'],
    ['the clipboard', '\u001b]52;c;ZXZpbA==\u001b\\'],
    ['a string of the device', '\u001bP+q544e\u001b\\'],
    ['a question in one character', '\u0005'],
    ['an escape in one character', '\u009b'],
    ['what it is', '\u001bZ'],
  ])('createReplayText removes %s', (_, text) => {
    expect(shown(`before${text}after`)).toBe('beforeafter')
    expect(shown('before', ...text.split(''), 'after')).toBe('beforeafter')
  })

  it('createReplayText gives the same result however its input is split', () => {
    const unit = fc.constantFrom('\u001b', '[', ']', '?', '1', '6', 'n', 'c', 'h', ';', '\\', '\u0007', 'x', ' ', 'P')
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 60 }), text => {
        expect(shown(...text.split(''))).toBe(shown(text))
      }),
    )
  })
})
