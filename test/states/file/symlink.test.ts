import { expect, it } from 'vitest'
import { fileSymlink } from '../../../states/file/symlink.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const LINK = { name: '/etc/app.conf', target: '/srv/app.conf' }

it('file.symlink creates a missing symlink, and with makedirs its parent directories', async () => {
  const host = createFakeSystem({ files: { '/etc/app.conf': undefined } })
  const deep = createFakeSystem({ files: { '/opt': undefined } })

  const { actions, left } = await applyState(fileSymlink, LINK, host)
  const below = await applyState(fileSymlink, { ...LINK, name: '/opt/a/b', makedirs: true }, deep)

  expect(actions).toEqual([{ do: 'link', path: '/etc/app.conf', target: '/srv/app.conf' }])
  expect(left).toEqual([])
  expect(below.actions.map(action => action.do)).toEqual(['make-directory', 'link'])
  expect(below.left).toEqual([])
})

it('file.symlink leaves a correct symlink unchanged', async () => {
  const host = createFakeSystem({ files: { '/etc/app.conf': { target: '/srv/app.conf' } } })

  expect(await planState(fileSymlink, LINK, host)).toEqual([])
})

it('file.symlink changes a symlink that points elsewhere', async () => {
  const host = createFakeSystem({ files: { '/etc/app.conf': { target: '/dev/null' } } })

  const { actions, left } = await applyState(fileSymlink, LINK, host)

  expect(actions).toMatchObject([{ do: 'link', target: '/srv/app.conf' }])
  expect(left).toEqual([])
})

it('file.symlink refuses to replace a directory unless `force` is set', async () => {
  const host = createFakeSystem({ files: { '/etc/app.conf': { directory: true }, '/etc/app.conf/x': {} } })

  await expect(planState(fileSymlink, LINK, host)).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN', hint: expect.stringContaining('force: true') }],
  })
  const { actions, left } = await applyState(fileSymlink, { ...LINK, force: true }, host)

  expect(actions).toMatchObject([{ do: 'remove', recursive: true }, { do: 'link' }])
  expect(left).toEqual([])
})

it('file.symlink does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ files: { '/etc/app.conf': undefined } })

  await applyState(fileSymlink, LINK, host)

  expect((await applyState(fileSymlink, LINK, host)).actions).toEqual([])
})
