import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { commandLines } from './command-lines.ts'
import { Scene } from './scene.ts'

const CANARY = 'kanarienvogel-7f3a9'
/** The value before. */
const OLD_CANARY = 'zeisig-e41b07-alt'
const FORMS = [CANARY, OLD_CANARY].flatMap(canary => [
  canary,
  Buffer.from(canary).toString('base64').slice(0, 20),
  encodeURIComponent(canary),
  Buffer.from(canary).toString('hex'),
])
const scene = new Scene()
const answers: string[] = []
const lines: string[] = []

beforeAll(async () => {
  await scene.makeFleet({
    'roles/demo/role.yml': 'summary: keeps a secret\npillar:\n  demo.password: {type: secret}\n',
    'roles/demo/states.yml': `config:
  file.managed:
    name: ${scene.out}/config
    contents: "listen = 1\\npassword = {{pillar.demo.password}}\\n"
    mode: "0600"
    ${scene.owner.replace(', ', '\n    ')}
told:
  cmd.run:
    cmd: "cat; cat ${scene.out}/config >&2; exit 3"
    shell: true
    stdin: "{{pillar.demo.password}}"
    require: [{file: config}]
`,
    'inventory.yml': '"m*": {roles: [demo], level: staging}\n',
  })
  await scene.startMaster()
  await scene.must(['pillar', 'set', 'demo.password'], `${OLD_CANARY}\n`)
  await scene.join('m1')
  const first = await scene.run(['apply', 'm1'])
  await scene.must(['pillar', 'set', 'demo.password'], `${CANARY}\n`)
  answers.push(first.out, first.err)
  for (const words of [
    ['test', 'm1'],
    ['apply', 'm1'],
    ['apply', 'm1', '--json'],
  ]) {
    const going = scene.begin(words)
    lines.push(...commandLines())
    const { out, err } = await going.done
    answers.push(out, err)
  }
  for (const words of [
    ['report', 'm1'],
    ['report', 'm1', '--json'],
    ['report', 'm1', '--output', 'ndjson'],
    ['report', 'm1', '--output', 'junit'],
    ['report', 'm1', '--output', 'markdown'],
    ['report', 'm1', '--output', 'github'],
    ['events'],
    ['events', '--json'],
    ['jobs', '--json'],
    ['render', 'm1'],
    ['lint'],
  ]) {
    const { out, err } = await scene.run(words)
    answers.push(out, err)
  }
})
afterAll(() => scene.close())

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map(name => join(directory, name))
    .filter(path => statSync(path).isFile())
}

function leaks(bytes: Uint8Array | string): boolean {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('latin1')
  return FORMS.some(form => text.includes(form))
}

it('a secret is written to its file, and only the state that reads it failed', () => {
  expect(readFileSync(join(scene.out, 'config'), 'utf8')).toBe(`listen = 1\npassword = ${CANARY}\n`)
  expect(answers.join('')).toContain('secret content')
  expect(answers.join('')).toContain(' listen = 1\n      -***\n      +password = ***\n')
  expect(answers.join('')).toContain('PROGRAM_FAILED')
})

it('a secret is in no file of the fleet, the master, the minion or a log', () => {
  const files = filesBelow(scene.directory).filter(path => path !== join(scene.out, 'config'))

  expect(files.length).toBeGreaterThan(20)
  expect(files.filter(path => leaks(readFileSync(path)))).toEqual([])
})

it('a secret is in no blob of the database, compressed or not', () => {
  const db = new Sqlite(join(scene.state, 'saltern.db'), { readonly: true })
  const bodies = db.prepare('SELECT packed, bytes FROM blobs').all() as readonly { packed: number; bytes: Buffer }[]
  db.close()

  expect(bodies.length).toBeGreaterThan(4)
  expect(bodies.filter(({ packed, bytes }) => leaks(packed === 1 ? inflateSync(bytes) : bytes))).toEqual([])
})

it('a secret is in no answer, report, event or progress line', () => {
  expect(answers.filter(leaks)).toEqual([])
})

it('a secret is in no command line of any process', () => {
  expect(lines.some(line => line.includes('main.ts'))).toBe(true)
  expect(lines.filter(leaks)).toEqual([])
})

it('a secret is shown only by `pillar get`', async () => {
  expect(await scene.must(['pillar', 'get', 'demo.password'])).toBe(`${CANARY}\n`)
})
