import { expect, it } from 'vitest'
import type { ProgramResult } from '../../../states/system.ts'
import { valueRead } from '../../../states/value/read.ts'
import { bindState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'

const KEY = '/etc/ssh/host.pub'
const ofFile = { name: 'host key', file: KEY }
const ofProgram = { name: 'version', cmd: ['bird', '--version'] }

function hostThatSays(result: ProgramResult): FakeSystem {
  return createFakeSystem({ query: argv => (argv[0] === 'bird' ? result : undefined) })
}

it('value.read fails for a missing file and names it', async () => {
  const host = createFakeSystem({ files: { [KEY]: undefined } })

  await expect(planState(valueRead, ofFile, host)).rejects.toMatchObject({
    code: 'VALUE_MISSING',
    message: `\`${KEY}\` is not there`,
  })
})

it('value.read changes nothing and reports the text without surrounding whitespace', async () => {
  const host = createFakeSystem({ files: { [KEY]: { content: 'ssh-ed25519 AAAA host\n' } } })

  expect(await planState(valueRead, ofFile, host)).toEqual([])
  expect(await bindState(valueRead, ofFile).reported(host)).toBe('ssh-ed25519 AAAA host')
})

it('value.read reports the current content of a changed file', async () => {
  const host = createFakeSystem({ files: { [KEY]: { content: 'one\n' } } })
  const bound = bindState(valueRead, ofFile)
  host.setFile(KEY, { content: 'two\n' })

  expect(await bound.reported(host)).toBe('two')
})

it('value.read fails for an empty file and for a failing program', async () => {
  const empty = createFakeSystem({ files: { [KEY]: { content: '\n' } } })
  const broken = hostThatSays({ exitCode: 1, stdout: 'BIRD 2\n', stderr: '' })

  await expect(planState(valueRead, ofFile, empty)).rejects.toMatchObject({ message: `\`${KEY}\` gives nothing` })
  await expect(planState(valueRead, ofProgram, broken)).rejects.toMatchObject({
    message: '`bird --version` ended with an error',
  })
})

it('value.read does nothing when it is applied twice, and reports the output of a program', async () => {
  const host = hostThatSays({ exitCode: 0, stdout: 'BIRD 2\n', stderr: '' })

  expect(await planState(valueRead, ofProgram, host)).toEqual([])
  expect(await planState(valueRead, ofProgram, host)).toEqual([])
  expect(await bindState(valueRead, ofProgram).reported(host)).toBe('BIRD 2')
})

it('value.read requires either a file or a program', () => {
  for (const raw of [{ name: 'x' }, { name: 'x', file: KEY, cmd: ['true'] }]) {
    expect(valueRead.check(raw)).toMatchObject({ ok: false, faults: [{ code: 'PARAM_INVALID' }] })
  }
})
