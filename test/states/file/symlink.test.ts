import { describe, expect, it } from 'vitest'
import { fileSymlink } from '../../../states/file/symlink.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const LINK = { name: '/etc/app.conf', target: '/srv/app.conf' }

describe('file.symlink', () => {
  it('makes a link that is not there, and with makedirs the directories above it', async () => {
    const host = createFakeSystem({ files: { '/etc/app.conf': undefined } })
    const deep = createFakeSystem({ files: { '/opt': undefined } })

    const { actions, left } = await applyState(fileSymlink, LINK, host)
    const below = await applyState(fileSymlink, { ...LINK, name: '/opt/a/b', makedirs: true }, deep)

    expect(actions).toEqual([{ do: 'link', path: '/etc/app.conf', target: '/srv/app.conf' }])
    expect(left).toEqual([])
    expect(below.actions.map(action => action.do)).toEqual(['make-directory', 'link'])
    expect(below.left).toEqual([])
  })

  it('leaves a link alone that is already right', async () => {
    const host = createFakeSystem({ files: { '/etc/app.conf': { target: '/srv/app.conf' } } })

    expect(await planState(fileSymlink, LINK, host)).toEqual([])
  })

  it('turns a link round that points elsewhere', async () => {
    const host = createFakeSystem({ files: { '/etc/app.conf': { target: '/dev/null' } } })

    const { actions, left } = await applyState(fileSymlink, LINK, host)

    expect(actions).toMatchObject([{ do: 'link', target: '/srv/app.conf' }])
    expect(left).toEqual([])
  })

  it('refuses to replace a directory, unless it is forced to lose it', async () => {
    const host = createFakeSystem({ files: { '/etc/app.conf': { directory: true }, '/etc/app.conf/x': {} } })

    await expect(planState(fileSymlink, LINK, host)).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN', hint: expect.stringContaining('force: true') }],
    })
    const { actions, left } = await applyState(fileSymlink, { ...LINK, force: true }, host)

    expect(actions).toMatchObject([{ do: 'remove', recursive: true }, { do: 'link' }])
    expect(left).toEqual([])
  })

  it('does nothing when it is applied twice', async () => {
    const host = createFakeSystem({ files: { '/etc/app.conf': undefined } })

    await applyState(fileSymlink, LINK, host)

    expect((await applyState(fileSymlink, LINK, host)).actions).toEqual([])
  })
})
