import { expect, it } from 'vitest'
import { noteText, stateName } from '../../../../master/cli/render/state-name.ts'

it('the key of a state is written as its type and its id, and anything else as it is', () => {
  expect(stateName('base/file.managed//etc/motd')).toBe('file.managed /etc/motd')
  expect(stateName('base/cmd.run/two words, and a / slash')).toBe('cmd.run two words, and a / slash')
  expect(stateName('config')).toBe('config')
})

it.each([
  ['because of web/file.managed//etc/a, web/cmd.run/x, y', 'because of file.managed /etc/a, cmd.run x, y'],
  ['it needs web/pkg.installed/a, b, which failed', 'it needs pkg.installed a, b, which failed'],
  ['it needs web/pkg.installed/a, which is blocked', 'it needs pkg.installed a, which is blocked'],
  ['nothing it lists under `onchanges` changed', 'nothing it lists under `onchanges` changed'],
])('the note %j is written with the names of states', (note, text) => {
  expect(noteText(note)).toBe(text)
})
