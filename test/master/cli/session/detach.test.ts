import { expect, it } from 'vitest'
import { createDetach } from '../../../../master/cli/session/detach.ts'

function type(...keys: readonly string[]): { readonly sent: string; readonly leave: boolean } {
  const detach = createDetach()
  const typed = keys.map(text => detach(Buffer.from(text)))
  return {
    sent: typed.map(({ bytes }) => Buffer.from(bytes).toString()).join(''),
    leave: typed.some(({ leave }) => leave),
  }
}

it.each([
  ['~.', '', true],
  ['ls\r~.', 'ls\r', true],
  ['ls\n~.more', 'ls\n', true],
  ['ls ~.', 'ls ~.', false],
  ['~/bin', '~/bin', false],
  ['~~.', '~.', false],
  ['\r~\r~.', '\r~\r', true],
  ['grüße ~\r', 'grüße ~\r', false],
])('the terminal input %j detaches only with ~. at the start of a line', (keys, sent, leave) => {
  expect(type(keys)).toEqual({ sent, leave })
  expect(type(...Array.from(keys))).toEqual({ sent, leave })
})
