import { afterEach, beforeEach, expect, it } from 'vitest'
import { FakeTerminal } from '../fake/fake-terminal.ts'
import { PROGRAM, until } from './scene.ts'
import { ScreenScene } from './screen-scene.ts'
import { KEYS, Terminal } from './terminal.ts'

let scene: ScreenScene

beforeEach(async () => {
  scene = new ScreenScene()
  await scene.open()
})
afterEach(() => scene.close())

/** What the terminal shows after `master apply '*'`, as a fake terminal renders its raw output. */
function seen(terminal: Terminal): string {
  const screen = new FakeTerminal(80, 24)
  screen.write(terminal.raw)
  return screen.text
}

function apply(): Terminal {
  return new Terminal(process.execPath, [PROGRAM, 'apply', '*'], scene.env, { cols: 80, rows: 24 })
}

it('the screen of an apply shows what each minion is working on, and then only the result', async () => {
  const terminal = apply()
  await until('both programs wait', () => scene.waits())
  await until(
    'the screen to show it',
    () => [/m1 +12\/26 /, /m2 +12\/26 /].every(row => row.test(seen(terminal))),
    () => seen(terminal),
  )
  const during = seen(terminal)
  scene.letGo()
  const code = await terminal.ends()
  const after = seen(terminal)

  expect(during).toMatch(
    /^apply {2}\[> {11}\] {2}0\/2 minions, 2 running {2}[\d.]+ m?s\nm[12] {2}12\/26 {2}\[=====> {6}\] {2}cmd\.run wait/,
  )
  expect(during.trimEnd().split('\n')).toHaveLength(3)
  expect(code).toBe(1)
  expect(after).not.toMatch(/\[=*>? *\]/)
  expect(after).toMatch(
    /\nm1 {2}done {4}25 changed, 1 skipped, 0 unchanged {2}[\d.]+ m?s\nm2 {2}failed {2}25 changed, 1 failed, 0 unchanged/,
  )
  expect(after).toMatch(/\n\nfailed +cmd\.run fail {2}on m2 {2}role demo/)
  expect(after).toMatch(/exit code 1: 1 minion failed\n/)
})

it('ctrl-C restores the screen of an apply and prints how to continue', async () => {
  const terminal = apply()
  await until('both programs wait', () => scene.waits())
  await until(
    'the screen to show it',
    () => [/m1 +12\/26 /, /m2 +12\/26 /].every(row => row.test(seen(terminal))),
    () => seen(terminal),
  )

  terminal.type(KEYS.ctrlC)
  const code = await terminal.ends()

  scene.letGo()
  expect(code).toBe(130)
  expect(seen(terminal)).toMatch(/^CALL_INTERRUPTED: .*\n {2}hint: .*`master jobs`.*\n$/)
})

it('an apply in a pipe prints one plain line per minion', async () => {
  const applying = scene.begin(['apply', '*'])
  await until('both programs wait', () => scene.waits())
  scene.letGo()
  const { out, err } = await applying.done

  expect(out + err).not.toContain('\u001b')
  expect(err).toMatch(/^job-\w+ apply: 2 minions\n(?:[12]\/2 {2}m[12] {2}(?:done|failed) {2}[\d.]+ m?s\n){2}$/)
})
