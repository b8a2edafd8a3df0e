import { expect, it } from 'vitest'
import { tlsCertificate } from '../../../states/tls/certificate.ts'
import { applyState, bindState, planState, secretParam } from '../../fake/apply-state.ts'
import { createFakeSystem, type FakeEntry } from '../../fake/fake-system.ts'

const PATHS = { key: '/etc/tls/host.key', cert: '/etc/tls/host.crt', ca: '/etc/tls/ca.crt' }
const TLS = {
  ...PATHS,
  name: 'mariadb',
  private_key: secretParam('KEY'),
  certificate: 'CERT',
  authority: 'CA',
  group: 'mysql',
}
const missing: { [path: string]: FakeEntry | undefined } = {
  [PATHS.key]: undefined,
  [PATHS.cert]: undefined,
  [PATHS.ca]: undefined,
}
const right = {
  [PATHS.key]: { content: 'KEY', mode: '0640', group: 'mysql' },
  [PATHS.cert]: { content: 'CERT', group: 'mysql' },
  [PATHS.ca]: { content: 'CA', group: 'mysql' },
}

it('tls.certificate writes the three files, the key first and readable only by its group, and shows no content', async () => {
  const { actions, left } = await applyState(tlsCertificate, TLS, createFakeSystem({ files: missing }))

  expect(actions).toMatchObject([
    { path: PATHS.key, mode: '0640', owner: 'root', group: 'mysql', showDiff: false },
    { path: PATHS.cert, mode: '0644', content: 'CERT', showDiff: false },
    { path: PATHS.ca, mode: '0644', content: 'CA', showDiff: false },
  ])
  expect(left).toEqual([])
})

it('tls.certificate leaves correct files unchanged', async () => {
  expect(await planState(tlsCertificate, TLS, createFakeSystem({ files: right }))).toEqual([])
})

it('tls.certificate writes only renewed files and corrects the permissions of the key', async () => {
  const files = { ...right, [PATHS.cert]: { content: 'OLD' }, [PATHS.key]: { content: 'KEY', group: 'mysql' } }

  const { actions, left } = await applyState(tlsCertificate, TLS, createFakeSystem({ files }))

  expect(actions).toMatchObject([
    { do: 'set-mode', path: PATHS.key, mode: '0640' },
    { do: 'write-file', path: PATHS.cert },
  ])
  expect(left).toEqual([])
})

it('tls.certificate refuses a directory at a file path, and one path for two files', async () => {
  const files = { ...right, [PATHS.ca]: { directory: true } } as const

  await expect(planState(tlsCertificate, TLS, createFakeSystem({ files }))).rejects.toThrow(
    '`/etc/tls/ca.crt` must be a file, but it is a directory',
  )
  expect(() => bindState(tlsCertificate, { ...TLS, ca: PATHS.cert })).toThrow('three different paths')
})

it('tls.certificate does nothing when it is applied twice', async () => {
  const host = createFakeSystem({ files: missing })

  await applyState(tlsCertificate, TLS, host)

  expect((await applyState(tlsCertificate, TLS, host)).actions).toEqual([])
})
