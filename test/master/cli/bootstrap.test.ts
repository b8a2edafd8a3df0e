import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ApiClient } from '../../../master/api/client.ts'
import { bootstrap } from '../../../master/cli/bootstrap.ts'
import type { CliContext } from '../../../master/cli/context.ts'
import type { HostFacts, Remote } from '../../../master/cli/remote-host.ts'
import { createStyle } from '../../../master/cli/render/style.ts'
import { AppError } from '../../../protocol/errors.ts'

const WISH = {
  kind: 'bootstrap',
  host: 'db1.example',
  user: undefined,
  port: undefined,
  id: undefined,
  roles: ['db'],
  level: 'staging',
  master: undefined,
  package: undefined,
  view: { output: 'text', detailed: false, quiet: false },
  socket: undefined,
} as const
const FACTS: HostFacts = { architecture: 'amd64', seenFrom: '10.0.0.1', joined: false }

let packages: string
beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), 'saltern-bootstrap-'))
  writeFileSync(join(packages, 'saltern-minion_1.0_amd64.deb'), 'a package')
})
afterEach(() => rmSync(packages, { recursive: true }))

/** A master and a host that record calls. */
function scene(
  { facts = FACTS, guess = true, keys = [] as readonly string[] } = {},
  joins: () => Promise<void> = async () => undefined,
) {
  const asked: string[] = []
  let said = ''
  const answers: { readonly [verb: string]: unknown } = {
    keys: { keys: keys.map(minion => ({ minion, state: 'accepted' })) },
    'token-create': { token: 'saltern1.secret', id: 'T1', master: '192.0.2.1:7443', isGuess: guess },
    'token-revoke': {},
    ping: { answers: [{ minion: 'db1', ok: true }] },
  }
  const api = {
    async call(verb: string, input: unknown) {
      asked.push(`${verb} ${JSON.stringify(input)}`)
      return answers[verb]
    },
  } as unknown as ApiClient
  const remote: Remote = {
    look: async () => facts,
    install: async file => {
      asked.push(`install ${file}`)
      return '1.0'
    },
    join: async (master, id, token) => {
      asked.push(`join ${master} ${id} ${token}`)
      await joins()
    },
  }
  const context: CliContext = {
    out: text => void (said += text),
    err: text => void (said += text),
    outStyle: createStyle(false, 100),
    errStyle: createStyle(false, 100),
    errIsTerminal: false,
    errSize: () => ({ columns: 80, rows: 24 }),
    stdin: () => process.stdin,
    stdout: () => process.stdout,
    stderr: () => process.stderr,
    readStdin: async () => '',
    stdinIsTerminal: false,
    signal: new AbortController().signal,
    connect: () => api,
  }
  const go = (wish: Partial<Parameters<typeof bootstrap>[1]> = {}): Promise<number> => {
    return bootstrap({ ...context, packages, reach: () => remote }, { ...WISH, ...wish })
  }
  return { go, asked, said: () => said }
}

it('bootstrap installs the package shipped with the master and joins with a token for that id only', async () => {
  const { go, asked, said } = scene()

  expect(await go()).toBe(0)
  expect(asked.slice(1)).toEqual([
    'token-create {"minion":"db1","roles":["db"],"ttlMs":1200000,"level":"staging"}',
    `install ${join(packages, 'saltern-minion_1.0_amd64.deb')}`,
    'join 10.0.0.1:7443 db1 saltern1.secret',
    'ping {"target":"id=db1"}',
  ])
  expect(said()).toContain('db1 is online, version 1.0')
  expect(said()).not.toContain('saltern1.secret')
})

it('bootstrap passes the configured master address to the host, and --master overrides it', async () => {
  const set = scene({ guess: false })
  await set.go()
  const named = scene({ guess: false })
  await named.go({ master: 'master.example:7443' })

  expect(set.asked).toContain('join 192.0.2.1:7443 db1 saltern1.secret')
  expect(named.asked).toContain('join master.example:7443 db1 saltern1.secret')
})

it.each([
  ['has joined already', { facts: { ...FACTS, joined: true } }, /already joined a fleet/],
  ['bears the id of another', { keys: ['db1'] }, /there is already a minion db1/],
  [
    'has a processor without a package',
    { facts: { ...FACTS, architecture: 'riscv64' } },
    /without a minion package .*riscv64/,
  ],
])('bootstrap changes nothing on a host that %s', async (_title, parts, words) => {
  const { go, asked } = scene(parts)

  await expect(go()).rejects.toThrow(words)
  expect(asked.filter(line => !line.startsWith('keys'))).toEqual([])
})

it('bootstrap takes the id from the command line and never from what the host reports', async () => {
  const named = scene()
  await named.go({ host: 'DB1.example' })
  const given = scene()
  await given.go({ host: '192.0.2.7', id: 'db1' })

  for (const { asked } of [named, given]) expect(asked).toContain('join 10.0.0.1:7443 db1 saltern1.secret')
})

it.each(['192.0.2.7', '2001:db8::7', 'fe80::1%eth0'])('bootstrap asks for an id when the host is %s', async host => {
  const { go, asked } = scene()

  await expect(go({ host })).rejects.toMatchObject({
    code: 'BOOTSTRAP_FAILED',
    problems: [{ hint: 'Give the id: `--id db1`.' }],
  })
  expect(asked).toEqual([])
})

it('bootstrap revokes the token when the join fails', async () => {
  const { go, asked } = scene({}, async () => {
    throw new AppError({ code: 'BOOTSTRAP_FAILED', message: 'no way' })
  })

  await expect(go()).rejects.toThrow('no way')
  expect(asked.at(-1)).toBe('token-revoke {"token":"T1"}')
})
