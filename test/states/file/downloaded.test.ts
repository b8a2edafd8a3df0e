import { describe, expect, it } from 'vitest'
import { sha256Of } from '../../../protocol/catalog.ts'
import { fileDownloaded } from '../../../states/file/downloaded.ts'
import { applyState, planState } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry, type FakeSystem } from '../../fake/fake-system.ts'

const URL = 'https://releases.example/probe-1.2'
const PARAMS = { name: '/opt/probe/probe', url: URL, sha256: sha256Of('binary'), mode: '0755' }

function hostWith(entry: FakeEntry | undefined): FakeSystem {
  const files = { '/opt': { directory: true }, '/opt/probe': { directory: true }, '/opt/probe/probe': entry } as const
  return createFakeSystem({ files, downloads: { [URL]: 'binary' } })
}

describe('file.downloaded', () => {
  it('fetches a file that is not there, by URL and hash', async () => {
    const { actions, left } = await applyState(fileDownloaded, PARAMS, hostWith(undefined))

    expect(actions).toEqual([
      {
        do: 'download',
        path: '/opt/probe/probe',
        url: URL,
        sha256: sha256Of('binary'),
        mode: '0755',
        owner: 'root',
        group: 'root',
      },
    ])
    expect(left).toEqual([])
  })

  it('leaves a file alone that has the hash, whatever the server has by now', async () => {
    const host = hostWith({ content: 'binary', mode: '0755' })

    expect(await planState(fileDownloaded, PARAMS, host)).toEqual([])
  })

  it('fetches anew what drifted, and only sets owner and mode when just these did', async () => {
    const edited = await applyState(fileDownloaded, PARAMS, hostWith({ content: 'patched', mode: '0755' }))
    const opened = await applyState(fileDownloaded, PARAMS, hostWith({ content: 'binary', owner: 'www-data' }))

    expect(edited.actions.map(action => action.do)).toEqual(['download'])
    expect(opened.actions.map(action => action.do)).toEqual(['set-owner', 'set-mode'])
    expect([edited.left, opened.left]).toEqual([[], []])
  })

  it('refuses to replace a directory', async () => {
    await expect(planState(fileDownloaded, PARAMS, hostWith({ directory: true }))).rejects.toMatchObject({
      problems: [{ code: 'PATH_TAKEN' }],
    })
  })

  it('does nothing when it is applied twice', async () => {
    const host = hostWith(undefined)

    await applyState(fileDownloaded, PARAMS, host)

    expect((await applyState(fileDownloaded, PARAMS, host)).actions).toEqual([])
  })

  it('makes missing directories only with makedirs', async () => {
    const host = createFakeSystem({
      files: { '/opt': { directory: true }, '/opt/probe': undefined },
      downloads: { [URL]: 'binary' },
    })

    const { actions, left } = await applyState(fileDownloaded, { ...PARAMS, makedirs: true }, host)

    expect(actions.map(action => action.do)).toEqual(['make-directory', 'download'])
    expect(left).toEqual([])
  })

  it.each(['ftp://a/b', 'https://user:word@a/b', '/etc/passwd', 'https://a/b c'])('refuses the URL %s', url => {
    expect(fileDownloaded.check({ ...PARAMS, url })).toMatchObject({
      ok: false,
      faults: [{ code: 'PARAM_INVALID', param: 'url' }],
    })
  })
})
