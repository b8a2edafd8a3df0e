import { describe, expect, it } from 'vitest'
import { fileAbsent } from '../../../states/file/absent.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem } from '../../fake/fake-system.ts'

const OLD = { name: '/etc/old' }

describe('file.absent', () => {
  it('has nothing to do where nothing is', async () => {
    expect(await planState(fileAbsent, OLD, createFakeSystem({ files: { '/etc/old': undefined } }))).toEqual([])
  })

  it('removes a file', async () => {
    const host = createFakeSystem({ files: { '/etc/old': { content: 'x' } } })

    const { actions, left } = await applyState(fileAbsent, OLD, host)

    expect(actions).toEqual([{ do: 'remove', path: '/etc/old', recursive: false }])
    expect(left).toEqual([])
  })

  it('removes a link and not what it points to', async () => {
    const host = createFakeSystem({ files: { '/etc/old': { target: '/etc/kept' }, '/etc/kept': { content: 'x' } } })

    const { left } = await applyState(fileAbsent, OLD, host)

    expect(left).toEqual([])
    expect(await host.readText('/etc/kept')).toBe('x')
  })

  it('removes a directory with all that is in it', async () => {
    const host = createFakeSystem({ files: { '/etc/old': { directory: true }, '/etc/old/a': { content: 'x' } } })

    const { actions, left } = await applyState(fileAbsent, OLD, host)

    expect(actions).toMatchObject([{ recursive: true }])
    expect(left).toEqual([])
    expect(await host.stat('/etc/old/a')).toBeUndefined()
  })

  it('does nothing when it is applied twice', async () => {
    const host = createFakeSystem({ files: { '/etc/old': { content: 'x' } } })

    await applyState(fileAbsent, OLD, host)

    expect((await applyState(fileAbsent, OLD, host)).actions).toEqual([])
  })

  it('refuses what no host can be without', () => {
    expect(fileAbsent.check({ name: '/' })).toMatchObject({ ok: false })
    expect(fileAbsent.check({ name: '/etc' })).toMatchObject({ ok: false })
    expect(fileAbsent.check({ name: '/etc/old' })).toMatchObject({ ok: true })
  })
})
