import { expect, it } from 'vitest'
import { Secret } from '../../../protocol/secret.ts'
import { fileManaged } from '../../../states/file/managed.ts'
import { applyState, planState, secretParam } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const MOTD = { name: '/etc/motd', contents: 'hello\n' }
const right = { content: 'hello\n' }

it('file.managed writes a missing file, owned by root and readable by all', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': undefined } })

  const { actions, left } = await applyState(fileManaged, MOTD, host)

  expect(actions).toEqual([
    {
      do: 'write-file',
      path: '/etc/motd',
      content: 'hello\n',
      mode: '0644',
      owner: 'root',
      group: 'root',
      showDiff: true,
      isWhole: true,
    },
  ])
  expect(left).toEqual([])
})

it('file.managed leaves a correct file unchanged, even when its owner is given by number', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': right } })

  expect(await planState(fileManaged, { ...MOTD, user: '0', group: '0' }, host)).toEqual([])
})

it('file.managed rewrites a file whose content drifted', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': { content: 'bye\n' } } })

  const { actions, left } = await applyState(fileManaged, MOTD, host)

  expect(actions.map(action => action.do)).toEqual(['write-file'])
  expect(left).toEqual([])
})

it('file.managed corrects owner and then mode without rewriting the content', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': { ...right, owner: 'www-data', mode: '0666' } } })

  const { actions, left } = await applyState(fileManaged, MOTD, host)

  expect(actions).toEqual([
    { do: 'set-owner', path: '/etc/motd', owner: 'root', group: 'root' },
    { do: 'set-mode', path: '/etc/motd', mode: '0644' },
  ])
  expect(left).toEqual([])
})

it('file.managed sets the mode again after a change of owner clears the set-user-id bit', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': { ...right, owner: 'www-data', mode: '4755' } } })

  const { actions, left } = await applyState(fileManaged, { ...MOTD, mode: '4755' }, host)

  expect(actions.map(action => action.do)).toEqual(['set-owner', 'set-mode'])
  expect(left).toEqual([])
})

it('file.managed refuses to replace a directory or a symlink, with a hint', async () => {
  const directory = createFakeSystem({ files: { '/etc/motd': { directory: true } } })
  const link = createFakeSystem({ files: { '/etc/motd': { target: '/run/motd' } } })

  await expect(planState(fileManaged, MOTD, directory)).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN', hint: expect.stringContaining('file.absent') }],
  })
  await expect(planState(fileManaged, MOTD, link)).rejects.toThrow('but it is a symbolic link to `/run/motd`')
})

it('file.managed does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ files: { '/etc/motd': undefined } })

  await applyState(fileManaged, MOTD, host)
  const again = await applyState(fileManaged, MOTD, host)

  expect(again.actions).toEqual([])
  expect(host.performed).toHaveLength(1)
})

it('file.managed creates missing parent directories only with makedirs', async () => {
  const params = { name: '/srv/app/conf/a', contents: secretParam('x'), makedirs: true, user: 'mysql', mode: '0600' }
  const host = createFakeSystem({ files: { '/srv': { directory: true }, '/srv/app': undefined } })

  const { actions, left } = await applyState(fileManaged, params, host)

  expect(actions.map(action => action.do)).toEqual(['make-directory', 'write-file'])
  expect(actions[0]).toMatchObject({ path: '/srv/app/conf', parents: true, owner: 'mysql', mode: '0755' })
  expect(left).toEqual([])
})

it('file.managed with `replace: false` creates a missing file and keeps the content of an existing one', async () => {
  const params = { ...MOTD, replace: false }
  const other = createFakeSystem({ files: { '/etc/motd': { content: 'of somebody else\n', mode: '0600' } } })
  const bare = createFakeSystem({ files: { '/etc/motd': undefined } })

  const { actions, left } = await applyState(fileManaged, params, other)

  expect(actions).toEqual([{ do: 'set-mode', path: '/etc/motd', mode: '0644' }])
  expect(left).toEqual([])
  expect((await applyState(fileManaged, params, bare)).actions).toMatchObject([{ do: 'write-file' }])
})

it('file.managed compares secret content by digest and keeps it secret in the action', async () => {
  const params = { name: '/etc/pw', contents: secretParam('s3cret') }
  const host = createFakeSystem({ files: { '/etc/pw': { content: 'old' } } })

  const { actions, left } = await applyState(fileManaged, params, host)

  expect(actions[0]).toHaveProperty('content', expect.any(Secret))
  expect(left).toEqual([])
})
