import { expect, it } from 'vitest'
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

it('file.downloaded downloads a missing file by URL and hash', async () => {
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

it('file.downloaded leaves a file with the right hash unchanged, whatever the server offers', async () => {
  const host = hostWith({ content: 'binary', mode: '0755' })

  expect(await planState(fileDownloaded, PARAMS, host)).toEqual([])
})

it('file.downloaded downloads a file with the wrong hash again, and otherwise only corrects owner and mode', async () => {
  const edited = await applyState(fileDownloaded, PARAMS, hostWith({ content: 'patched', mode: '0755' }))
  const opened = await applyState(fileDownloaded, PARAMS, hostWith({ content: 'binary', owner: 'www-data' }))

  expect(edited.actions.map(action => action.do)).toEqual(['download'])
  expect(opened.actions.map(action => action.do)).toEqual(['set-owner', 'set-mode'])
  expect([edited.left, opened.left]).toEqual([[], []])
})

it('file.downloaded refuses to replace a directory', async () => {
  await expect(planState(fileDownloaded, PARAMS, hostWith({ directory: true }))).rejects.toMatchObject({
    problems: [{ code: 'PATH_TAKEN' }],
  })
})

it('file.downloaded does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)

  await applyState(fileDownloaded, PARAMS, host)

  expect((await applyState(fileDownloaded, PARAMS, host)).actions).toEqual([])
})

it('file.downloaded creates missing parent directories only with makedirs', async () => {
  const host = createFakeSystem({
    files: { '/opt': { directory: true }, '/opt/probe': undefined },
    downloads: { [URL]: 'binary' },
  })

  const { actions, left } = await applyState(fileDownloaded, { ...PARAMS, makedirs: true }, host)

  expect(actions.map(action => action.do)).toEqual(['make-directory', 'download'])
  expect(left).toEqual([])
})

it.each(['ftp://a/b', 'https://user:word@a/b', '/etc/passwd', 'https://a/b c'])(
  'file.downloaded rejects the URL %s',
  url => {
    expect(fileDownloaded.check({ ...PARAMS, url })).toMatchObject({
      ok: false,
      faults: [{ code: 'PARAM_INVALID', param: 'url' }],
    })
  },
)
