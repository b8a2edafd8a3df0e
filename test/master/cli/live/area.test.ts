import { expect, it } from 'vitest'
import { createArea } from '../../../../master/cli/live/area.ts'
import { FakeTerminal } from '../../../fake/fake-terminal.ts'

function areaOn(terminal: FakeTerminal, columns = 20) {
  const size = { columns, rows: 10 }
  const written: string[] = []
  const write = (text: string): void => {
    written.push(text)
    terminal.write(text)
  }
  return { area: createArea(write, () => size), size, written }
}

it('a terminal area is redrawn in place with more or fewer lines, below the existing text', () => {
  const terminal = new FakeTerminal(20, 10)
  terminal.write('$ master apply web1\n')
  const { area } = areaOn(terminal)

  area.draw(['one of them', 'two'])
  const first = terminal.text
  area.draw(['one', 'two', 'three'])
  const second = terminal.text
  area.draw(['only'])

  expect(first).toBe('$ master apply web1\none of them\ntwo\n')
  expect(second).toBe('$ master apply web1\none\ntwo\nthree\n')
  expect(terminal.text).toBe('$ master apply web1\nonly\n')
})

it('a cleared terminal area leaves nothing behind, not even an echoed ctrl-C', () => {
  const terminal = new FakeTerminal(20, 10)
  terminal.write('$ master apply web1\n')
  const before = { ...terminal.cursor, text: terminal.text }
  const { area } = areaOn(terminal)

  area.draw(['one', 'two', 'three'])
  terminal.write('^C')
  area.clear()

  expect({ ...terminal.cursor, text: terminal.text }).toEqual(before)
})

it('a terminal area at the bottom stays in place when the terminal scrolls', () => {
  const terminal = new FakeTerminal(20, 3)
  terminal.write('a\nb\nc\n')
  const { area } = areaOn(terminal)

  area.draw(['one', 'two'])
  area.draw(['ONE', 'TWO'])
  area.clear()

  expect(terminal.text).toBe('a\nb\nc\n')
})

it('a terminal area is cleared completely after a narrower terminal wrapped its lines', () => {
  const terminal = new FakeTerminal(20, 10)
  terminal.write('a\n')
  const { area, size } = areaOn(terminal)

  area.draw(['a line of 19 columns', 'short'])
  terminal.resize(8)
  size.columns = 8
  area.draw(['narrow'])

  expect(terminal.text).toBe('a\nnarrow\n')
  area.clear()
  expect(terminal.text).toBe('a\n')
})

it('a terminal area writes nothing when its content is unchanged', () => {
  const { area, written } = areaOn(new FakeTerminal(20))

  area.draw(['one'])
  area.draw(['one'])
  area.clear()
  area.clear()

  expect(written).toHaveLength(2)
})
