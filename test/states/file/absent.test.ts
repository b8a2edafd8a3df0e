import { expect, it } from 'vitest'
import { fileAbsent } from '../../../states/file/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const OLD = { name: '/etc/old' }

it('file.absent does nothing when the path does not exist', async () => {
  expect(await planState(fileAbsent, OLD, createFakeSystem({ files: { '/etc/old': undefined } }))).toEqual([])
})

it('file.absent removes a file', async () => {
  const host = createFakeSystem({ files: { '/etc/old': { content: 'x' } } })

  const { actions, left } = await applyState(fileAbsent, OLD, host)

  expect(actions).toEqual([{ do: 'remove', path: '/etc/old', recursive: false }])
  expect(left).toEqual([])
})

it('file.absent removes a symlink and not its target', async () => {
  const host = createFakeSystem({ files: { '/etc/old': { target: '/etc/kept' }, '/etc/kept': { content: 'x' } } })

  const { left } = await applyState(fileAbsent, OLD, host)

  expect(left).toEqual([])
  expect(await host.readText('/etc/kept')).toBe('x')
})

it('file.absent removes a directory recursively', async () => {
  const host = createFakeSystem({ files: { '/etc/old': { directory: true }, '/etc/old/a': { content: 'x' } } })

  const { actions, left } = await applyState(fileAbsent, OLD, host)

  expect(actions).toMatchObject([{ recursive: true }])
  expect(left).toEqual([])
  expect(await host.stat('/etc/old/a')).toBeUndefined()
})

it('file.absent does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ files: { '/etc/old': { content: 'x' } } })

  await applyState(fileAbsent, OLD, host)

  expect((await applyState(fileAbsent, OLD, host)).actions).toEqual([])
})

it('file.absent refuses to remove essential directories', () => {
  expect(fileAbsent.check({ name: '/' })).toMatchObject({ ok: false })
  expect(fileAbsent.check({ name: '/etc' })).toMatchObject({ ok: false })
  expect(fileAbsent.check({ name: '/etc/old' })).toMatchObject({ ok: true })
})
