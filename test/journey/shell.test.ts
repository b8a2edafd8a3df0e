import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Scene } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const PROMPT = /(?:^|\n)journey[^\n]*> $/

let scene: Scene
let bin: string
const terminals: Terminal[] = []

beforeAll(async () => {
  scene = new Scene()
  await scene.makeFleet({})
  scene.write({
    'fleet.yml': readFileSync(join(scene.fleet, 'fleet.yml'), 'utf8').replace(/^name:.*$/m, 'name: journey'),
    'roles/web/role.yml': 'summary: A page.\n',
    'roles/web/states.yml': `${scene.out}/page:\n  file.managed:\n    text: hello\n    ${scene.owner.replace(', ', '\n    ')}\n`,
  })
  bin = join(scene.directory, 'bin')
  mkdirSync(bin)
  const start = `#!/bin/sh\nexec '${process.execPath}' '${join(PROJECT, 'master/main.ts')}' "$@"\n`
  writeFileSync(join(bin, 'master'), start, { mode: 0o755 })
  await scene.startMaster()
  await scene.join('web1', ['--role', 'web', '--level', 'staging'])
})
afterEach(() => {
  for (const terminal of terminals.splice(0)) terminal.close()
})
afterAll(() => scene.close())

function environment(): NodeJS.ProcessEnv {
  const home = join(scene.directory, 'home')
  mkdirSync(home, { recursive: true })
  const { NO_COLOR: _, XDG_STATE_HOME: __, ...rest } = scene.env
  return { ...rest, HOME: home, PATH: `${bin}:${process.env['PATH']}` }
}

async function openShell(file = join(bin, 'master'), words: readonly string[] = ['shell']): Promise<Terminal> {
  const terminal = new Terminal(file, words, environment())
  terminals.push(terminal)
  await terminal.sees(PROMPT)
  return terminal
}

describe('the shell in a terminal', () => {
  it('greets with the level and the health of the fleet', async () => {
    const terminal = await openShell()

    expect(terminal.shown).toMatch(/journey on \S+, version/)
    console.log(terminal.shown)
  })
})
