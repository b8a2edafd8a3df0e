import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { withPlaceholders } from './placeholders.ts'
import { PROJECT, until } from './scene.ts'
import { changingFiles, inventory, screensFleet, WEBS } from './screens-fleet.ts'
import { mistakes } from './screens-mistakes.ts'
import { ScreensScene } from './screens-scene.ts'
import { Tmux } from './tmux.ts'

/*
 * What an operator sees in tmux, before, during and after a command, at 80 and 140 columns, of a real master and real minions.
 * UPDATE_CASES=1 rewrites test/cases/tmux; read each that changed as somebody who sees it for the first time.
 */

const CASES = join(PROJECT, 'test/cases/tmux')
const COLUMNS = [80, 140] as const
const ROWS = 24
const REDIS = ['web1', 'web2']
const scene = new ScreensScene()
const tmux = new Tmux(scene.directory, scene.shellEnv)

beforeAll(() => scene.open())
afterAll(async () => {
  tmux.close()
  await scene.close()
})

/** The transcript of a command in a window of its own. `held`: these minions wait for half a minute in the middle of it. */
async function transcript(columns: number, line: string, held: readonly string[] = [], reached = /./): Promise<string> {
  scene.pass(60)
  scene.hold(held)
  await tmux.open(columns, ROWS)
  tmux.type(line)
  const moments = [`before\n${await tmux.sees(text => text === `$ ${line}`)}`]
  tmux.enter()
  if (held.length > 0) {
    await until(
      'the minions wait',
      () => scene.isHeld(held),
      () => tmux.shown(),
    )
    await tmux.sees(text => reached.test(text))
    scene.pass(30)
    moments.push(`during\n${await tmux.sees(text => text.includes(' 30.0 s'))}`)
    scene.letGo()
  }
  const after = await tmux.sees(text => text.endsWith('\n$'))
  // No line is longer than the window.
  expect(tmux.shown({ joined: true })).toBe(after)
  moments.push(`after\n${after}`)
  return moments.map(text => `=== ${withPlaceholders(text)}\n`).join('')
}

function expectGolden(name: string, columns: number, found: string): void {
  const path = join(CASES, `${name}.${columns}.txt`)
  if (process.env['UPDATE_CASES'] === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, found)
  }
  expect(found).toBe(existsSync(path) ? readFileSync(path, 'utf8') : '')
}

test('the screen of an apply in a steady state says that nothing was changed', async () => {
  for (const columns of COLUMNS) expectGolden('steady', columns, await transcript(columns, "master apply '*'"))
})

test('the screen of the first apply of a role on two minions shows what it did on which', async () => {
  scene.write({ 'inventory.yml': inventory(REDIS) })
  for (const columns of COLUMNS) {
    for (const id of REDIS) {
      for (const path of ['etc', 'var/lib']) {
        rmSync(join(scene.hosts, id, path, 'redis'), { recursive: true, force: true })
      }
    }
    expectGolden(
      'first-apply',
      columns,
      await transcript(columns, 'master apply role=redis', REDIS, /(?:[^]*start redis){2}/),
    )
  }
})

test('the screen of a dry run on 20 minions says what would change, and that nothing failed', async () => {
  scene.write({ ...screensFleet(scene.place, 2), 'inventory.yml': inventory(REDIS) })
  for (const columns of COLUMNS) {
    expectGolden('test', columns, await transcript(columns, 'master test role=web --detailed-exitcode'))
  }
})

test('the screen of an apply on 20 minions of which three fail says which, and why', async () => {
  scene.breakHosts()
  for (const columns of COLUMNS) {
    for (const id of WEBS) {
      const { '/var/cache/app/index': index = '', ...files } = changingFiles(id)
      // On web9 a file is in the way of that one.
      scene.writeOn(id, id === 'web9' ? files : { ...files, '/var/cache/app/index': index })
    }
    const held = ['web10', 'web11', 'web12', 'web13', 'web14', 'web15']
    expectGolden(
      'apply',
      columns,
      await transcript(
        columns,
        'master apply role=web',
        held,
        /14\/20 minions \(3 failed\)(?:[^]*unpack the release){6}/,
      ),
    )
  }
})

test('the screen of an apply with --brief has a line for each of 20 minions, and why three failed', async () => {
  for (const columns of COLUMNS) {
    expectGolden('apply-brief', columns, await transcript(columns, 'master apply role=web --brief'))
  }
})

test.each(['minions', 'roles', 'schedule', 'keys', 'jobs --limit 8'])(
  'the screen of `master %s` is a table that fits',
  async words => {
    for (const columns of COLUMNS) {
      expectGolden(words.split(' ')[0] ?? '', columns, await transcript(columns, `master ${words}`))
    }
  },
)

test('the screen of `master lint` with 30 problems on 40 minions has few groups, and their totals', async () => {
  scene.write(mistakes([...WEBS, 'spare1']))
  for (const columns of COLUMNS) expectGolden('lint', columns, await transcript(columns, 'master lint'))
})
