import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labDebs } from './debs.ts'
import type { LabHost } from './lab/host.ts'
import { defaultCacheDir, type Lab, openLab } from './lab/lab.ts'
import { INSTALL, introduce, operatorAt } from './operator.ts'

/* Types README.md verbatim on bare hosts with the two packages: every block of commands except the two that test the project. */

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8')
/** Maps each heading to its blocks, with their language. */
const SECTIONS = new Map(
  README.split(/^## /m)
    .slice(1)
    .map(section => [
      section.slice(0, section.indexOf('\n')),
      [...section.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text })),
    ]),
)
const PASSPHRASE = 'ten thousand hills of salt\n'

/** Returns the command lines below a heading. */
function commandsBelow(heading: string): readonly string[] {
  const blocks = SECTIONS.get(heading) ?? []
  return blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'))
}

let lab: Lab
let master: LabHost
let db1: LabHost
const { online, bring } = operatorAt(() => master)

beforeAll(async () => {
  const log = (line: string): void => console.log(`readme: ${line}`)
  const debs = await labDebs(defaultCacheDir(), { version: '0.0.2', compression: 'small', log })
  lab = await openLab({ packages: ['openssh-client', 'openssh-server', 'ca-certificates', 'procps', 'nginx'], log })
  ;[master, db1] = await Promise.all([lab.host({ name: 'master' }), lab.host({ name: 'db1' })])
  await introduce([master, db1])
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await Promise.all([
    master.must([...INSTALL, 'openssh-client'], { env, timeoutMs: 300_000 }),
    db1.must([...INSTALL, 'openssh-server', 'nginx'], { env, timeoutMs: 300_000 }),
    bring(master, debs.master),
  ])
  await master.must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/.ssh/id_ed25519'])
  await db1.writeFile('/root/.ssh/authorized_keys', await master.readFile('/root/.ssh/id_ed25519.pub'), '0600')
  await master.must(['sh', '-c', 'ssh-keyscan db1.example >/root/.ssh/known_hosts'])
})

afterAll(async () => {
  await lab?.close()
})

/** Types a line as root on the master. A backup prompts for its passphrase; a terminal is left at its prompt. */
async function typed(line: string): Promise<void> {
  if (line.startsWith('master ssh ')) return await inTerminal(line)
  const stdin = line.startsWith('master backup') ? PASSPHRASE : ''
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await master.must(['sh', '-c', line], { stdin, env, timeoutMs: 300_000 })
}

async function inTerminal(line: string): Promise<void> {
  const env = { TERM: 'xterm-256color', LANG: 'C.UTF-8' }
  const child = master.spawn(['script', '--quiet', '--return', '--command', line, '/dev/null'], { env })
  let shown = ''
  let left = false
  child.stdout.on('data', (chunk: Buffer) => {
    shown += String(chunk)
    if (left || !shown.includes('# ')) return
    left = true
    child.stdin.write('exit\r')
  })
  child.stderr.resume()
  const [code] = (await once(child, 'close')) as [number | null]
  expect(`${code} ${shown}`).toMatch(/^0 /)
}

test('every section of README.md with command blocks is covered by a test', () => {
  const withCommands = [...SECTIONS].filter(([, blocks]) => blocks.some(({ language }) => language === 'sh'))

  expect(withCommands.map(([heading]) => heading)).toEqual(['Try it', 'Install', 'Everyday commands', 'A role'])
})

test.each(commandsBelow('Install'))('the command of the Install section of README.md succeeds: %s', async line => {
  await typed(line)
})

test('the Install section of README.md ends with a minion that is online', async () => {
  expect(await online('db1')).toMatchObject([{ minion: 'db1', level: 'staging' }])
})

describe('A role', () => {
  const blocks = SECTIONS.get('A role') ?? []

  test.each(blocks.map(({ language, text }) => [language, text] as const))(
    'the block of %s in the role section of README.md works: %s',
    async (language, text) => {
      if (language === 'yaml') {
        const [, path = ''] = /^# (\/\S+)\n/.exec(text) ?? []
        await master.writeFile(path, text)
        return
      }
      for (const line of text.trim().split('\n')) await typed(line)
    },
  )

  test('the role from README.md is applied to the host', async () => {
    expect(await db1.readFile('/etc/motd')).toBe('You are on db1, level staging.\n')
  })
})

describe('Everyday commands', () => {
  beforeAll(async () => {
    // A web host, and what `ssh db1` needs.
    await master.must([
      'sh',
      '-c',
      'mkdir -p /srv/fleet/roles/web; echo "summary: a web host" >/srv/fleet/roles/web/role.yml',
    ])
    await master.must([
      'sh',
      '-c',
      'echo {} >/srv/fleet/roles/web/states.yml; sed -i "s/roles: .motd./roles: [motd, web]/" /srv/fleet/inventory.yml',
    ])
    await master.must(['sh', '-c', 'umask 077; master ssh-config >/root/.ssh/config'])
    // The key that the operator accepted for db1.example is also the key of the minion.
    const [, alias = ''] = /HostKeyAlias (\S+)/.exec(await master.readFile('/root/.ssh/config')) ?? []
    await master.must(['sed', '-i', `s/^db1.example /${alias},db1.example /`, '/root/.ssh/known_hosts'])
  })

  test.each(commandsBelow('Everyday commands'))('the everyday command of README.md succeeds: %s', async line => {
    await typed(line)
  })
})
