import { expect, it } from 'vitest'
import { applyCatalog } from '../../../minion/apply/engine.ts'
import { secretFileKey } from '../../../minion/apply/secret-files.ts'
import type { JsonObject } from '../../../protocol/json.ts'
import { createFakeSystem, type FakeSystem } from '../../fake/fake-system.ts'
import { catalogOf, engineDeps, type StateWish } from './engine-scene.ts'

const PATH = '/etc/app.conf'
const HIDDEN = `${PATH}: secret content changed\n`

function managed(contents: JsonObject | string): StateWish {
  return { type: 'file.managed', name: PATH, params: { contents } }
}

const WITH_SECRET = managed({ $text: ['user = app\npassword = ', { slot: 0 }, '\n'] })

function block(contents: string): StateWish {
  return { type: 'file.blockreplace', name: PATH, params: { contents } }
}

function hostWith(content?: string): FakeSystem {
  return createFakeSystem({ files: { [PATH]: content === undefined ? undefined : { content } } })
}

/** The report has no scrubber, so that short secrets, and those that only an earlier catalog knew, count too. */
async function run(system: FakeSystem, wishes: readonly StateWish[], secret: string, test = false) {
  const slots = [{ path: 'app.password', mac: 'x' }] as never
  const catalog = { ...catalogOf(wishes), slots }
  const { results } = await applyCatalog(engineDeps(system), {
    catalog,
    secrets: [secret],
    test,
    cancelled: new AbortController().signal,
  })
  return results
}

it('an edit of a file that Saltern wrote a secret into shows no line of it, in a dry run and in an apply', async () => {
  const system = hostWith()
  await run(system, [WITH_SECRET], 'abc')
  const dry = await run(system, [block('x = 1')], 'abc', true)
  const wet = await run(system, [block('x = 1')], 'abc')

  expect([dry[0]?.diff, wet[0]?.diff]).toEqual([HIDDEN, HIDDEN])
  expect(JSON.stringify([dry, wet])).not.toContain('abc')
  expect(await system.readText(PATH)).toContain('password = abc\n')
})

it('an edit of a file shows neither the old nor the new value of a secret that the same run rotates', async () => {
  const system = hostWith()
  await run(system, [WITH_SECRET], 'abc')
  const dry = await run(system, [WITH_SECRET, block('x = 1')], 'xyz', true)
  const wet = await run(system, [WITH_SECRET, block('x = 1')], 'xyz')
  const edited = await run(system, [block('x = 2')], 'xyz')

  expect(JSON.stringify([dry, wet, edited])).not.toMatch(/abc|xyz/)
  expect(edited[0]?.diff).toBe(HIDDEN)
})

it('an edit of a file hides its lines when the catalog writes a secret into it and no apply has done so yet', async () => {
  const drifted = 'user = app\npassword = abc\nold = 1\n'
  const dry = await run(hostWith(drifted), [WITH_SECRET, block('x = 1')], 'xyz', true)
  const same = hostWith('user = app\npassword = abc\n')
  const before = await run(same, [block('x = 1'), WITH_SECRET], 'abc', true)
  const unchanged = await run(same, [WITH_SECRET, block('x = 1')], 'abc')

  expect(JSON.stringify([dry, before, unchanged])).not.toContain('abc')
  expect(unchanged.map(({ outcome }) => outcome)).toEqual(['unchanged', 'changed'])
  expect(unchanged[1]?.diff).toBe(HIDDEN)
})

it('an edit of a file of kernel settings shows no line of it when the file has a secret', async () => {
  const config = '/etc/sysctl.d/60-saltern.conf'
  const system = createFakeSystem({
    files: {
      [config]: { content: '# password = abc\n' },
      '/proc/sys/vm/swappiness': { content: '10\n' },
    },
  })
  await system.perform({ do: 'remember', key: secretFileKey(config), value: config })
  const results = await run(
    system,
    [{ type: 'sysctl.present', name: 'vm.swappiness', params: { value: '10' } }],
    'x',
    true,
  )

  expect(results[0]?.diff).toBe(`${config}: secret content changed\n`)
})

it('a file that had a secret shows the new lines when its state writes the whole file without one', async () => {
  const system = hostWith()
  await run(system, [WITH_SECRET], 'abc')
  const [result] = await run(system, [managed('user = app\nplain = 1\n')], 'abc')

  expect(result?.diff).toBe(`--- ${PATH}\n+++ ${PATH}\n@@ -1,2 +1,2 @@\n user = app\n-***\n+plain = 1\n`)
})

it('a file counts as one with a secret before the secret is written, so that a kill in between reveals nothing', async () => {
  const system = hostWith()
  await run(system, [WITH_SECRET], 'abc')

  expect(system.performed.map(action => action.do)).toEqual(['remember', 'write-file'])
})

it('an edit of a file without secrets shows its lines', async () => {
  const [result] = await run(hostWith('user = app\n'), [block('x = 1')], 'abc')

  expect(result?.diff).toContain(' user = app\n')
})
