import { expect, it } from 'vitest'
import { causeOf } from '../../../../master/cli/render/cause.ts'

it.each([
  ['no space left on the device to write `/x`', 'no space left on the device to write `/x`'],
  ['cannot write `/x/y`: a part of `/x` is not a directory', 'a part of `/x` is not a directory'],
  [
    '`apt-get install x` ended with exit code 100:\nReading...\nE: Unable to locate package x\n',
    'E: Unable to locate package x',
  ],
  ['`apt-get install x` ended with exit code 100:\n\n', '`apt-get install x` ended with exit code 100:'],
  ['the check `nginx -t` rejected the new file: [emerg] no `host:80`\nfailed', '[emerg] no `host:80`'],
  ['`a:b` and `c` failed: it is late', 'it is late'],
  ['the disk is full: really', 'the disk is full: really'],
  ['`wget`: 10 %\r20 %\rno route to host', 'no route to host'],
])('the cause of the problem %j is short', (message, cause) => {
  expect(causeOf({ message })).toBe(cause)
})
