import { expect, it } from 'vitest'
import { fileDirectory } from '../../../states/file/directory.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const DATA = { name: '/srv/data', user: 'mysql', group: 'mysql', mode: '0750' }

it('file.directory creates a missing directory, and with makedirs its parents', async () => {
  const host = createFakeSystem({ files: { '/srv': { directory: true }, '/srv/data': undefined } })
  const deep = createFakeSystem({ files: { '/srv': undefined } })

  const { actions, left } = await applyState(fileDirectory, DATA, host)
  const below = await applyState(fileDirectory, { ...DATA, makedirs: true }, deep)

  expect(actions).toEqual([
    { do: 'make-directory', path: '/srv/data', mode: '0750', parents: false, owner: 'mysql', group: 'mysql' },
  ])
  expect(left).toEqual([])
  expect(below.actions).toMatchObject([{ do: 'make-directory', parents: true }])
  expect(below.left).toEqual([])
})

it('file.directory leaves a correct directory and its contents unchanged', async () => {
  const files = {
    '/srv/data': { directory: true, owner: 'mysql', group: 'mysql', mode: '0750' },
    '/srv/data/x': {},
  } as const

  expect(await planState(fileDirectory, DATA, createFakeSystem({ files }))).toEqual([])
})

it('file.directory removes entries that are not in its list of allowed names', async () => {
  const host = createFakeSystem({
    files: {
      '/srv/keys': { directory: true },
      '/srv/keys/anna.pub': {},
      '/srv/keys/eve.pub': {},
      '/srv/keys/sub': { directory: true },
    },
  })

  const { actions, left } = await applyState(fileDirectory, { name: '/srv/keys', only: ['anna.pub', 'bert.pub'] }, host)

  expect(actions).toEqual([
    { do: 'remove', path: '/srv/keys/eve.pub', recursive: true },
    { do: 'remove', path: '/srv/keys/sub', recursive: true },
  ])
  expect(left).toEqual([])
  expect(fileDirectory.check({ name: '/srv/keys', only: ['../x'] })).toMatchObject({ ok: false })
})

it('file.directory corrects owner and mode', async () => {
  const host = createFakeSystem({ files: { '/srv/data': { directory: true } } })

  const { actions, left } = await applyState(fileDirectory, DATA, host)

  expect(actions.map(action => action.do)).toEqual(['set-owner', 'set-mode'])
  expect(left).toEqual([])
})

it('file.directory refuses to replace a file unless `force` is set', async () => {
  const host = createFakeSystem({ files: { '/srv': { directory: true }, '/srv/data': { content: 'x' } } })

  await expect(planState(fileDirectory, DATA, host)).rejects.toThrow(
    '`/srv/data` must be a directory, but it is a file',
  )
  const { actions, left } = await applyState(fileDirectory, { ...DATA, force: true }, host)

  expect(actions.map(action => action.do)).toEqual(['remove', 'make-directory'])
  expect(left).toEqual([])
})

it('file.directory does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ files: { '/srv': { directory: true }, '/srv/data': undefined } })

  await applyState(fileDirectory, DATA, host)

  expect((await applyState(fileDirectory, DATA, host)).actions).toEqual([])
})
