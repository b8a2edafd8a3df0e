import { expect, it } from 'vitest'
import { loadLibrary } from '../../master/compile/role/library.ts'
import { formatPorts } from '../../protocol/contract.ts'
import { filesBelow, readSource } from './source-files.ts'

const library = loadLibrary(
  new Map(filesBelow(['roles'], '.yml').map(path => [path, new TextEncoder().encode(readSource(path))])),
)

/** The required contract of each role: how many in each level (`*`: any number), whether public, and public ports. */
const ASKED: { readonly [role: string]: readonly [count: string, publicIp: string, ports: string] } = {
  source: ['1..1', 'yes', '22/tcp'],
  salt: ['1..1', 'yes', '22/tcp 7443/tcp'],
  mail: ['1..2', 'yes', '25/tcp'],
  backup: ['1..1', 'no', ''],
  masterdb: ['1..1', '-', ''],
  db: ['1..*', 'no', ''],
  sessions: ['1..*', 'no', ''],
  accounts: ['1..1', 'yes', '80/tcp 443/tcp'],
  memcache: ['2..*', 'no', ''],
  elastic: ['1..*', 'no', ''],
  app: ['1..*', 'yes', '80/tcp 443/tcp'],
  blog: ['1..*', 'yes', '80/tcp 443/tcp'],
  project: ['1..*', 'yes', '80/tcp 443/tcp'],
  notes: ['1..*', '-', ''],
  bots: ['1..*', 'yes', ''],
  jobrunner: ['1..*', 'no', ''],
  piwik: ['1..*', '-', ''],
  nginx: ['1..*', 'yes', '80/tcp 443/tcp'],
  specs: ['1..*', '-', ''],
  hhvmbackend: ['0..*', 'no', ''],
}

it.each(Object.entries(ASKED))('the role %s has the contract listed in this test', (name, asked) => {
  const { count, publicIp, ports } = library.roles.get(name)?.contract ?? {}
  const { exactly, min = exactly ?? 0, max = exactly } = count ?? {}

  expect([
    `${min}..${max ?? '*'}`,
    publicIp === undefined ? '-' : publicIp ? 'yes' : 'no',
    (ports?.public ?? []).map(formatPorts).join(' '),
  ]).toEqual(asked)
})

it('no bundled role has a problem in its own files, and each states its purpose', () => {
  const roles = [...library.roles.values()]

  expect(roles.flatMap(({ problems }) => problems)).toEqual([])
  expect(roles.filter(({ name, purpose }) => name in ASKED && purpose.length === 0).map(({ name }) => name)).toEqual([])
})

it.each([...library.roles.values()].filter(({ draft }) => draft).map(({ name }) => name))(
  'the README of the draft role %s says that it is a draft',
  name => {
    expect(readSource(`roles/${name}/README.md`)).toContain('**A draft: this role has a contract and no states yet.**')
  },
)
