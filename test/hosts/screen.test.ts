import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROGRAM, until } from '../journey/scene.ts'
import { ScreenScene } from '../journey/screen-scene.ts'

/* An apply in a real terminal multiplexer on this machine, which breaks lines anew when its window changes. */

const scene = new ScreenScene()
const tmux = (...words: readonly string[]): string =>
  execFileSync('tmux', ['-S', join(scene.directory, 'tmux'), ...words], {
    encoding: 'utf8',
    env: { ...scene.env, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
  })

beforeAll(() => scene.open())
afterAll(async () => {
  tmux('kill-server')
  await scene.close()
})

/** The window with its history, without the blanks below. */
function shown(): string {
  return tmux('capture-pane', '-p', '-S', '-', '-t', 'apply').trimEnd()
}

test('an apply in tmux is drawn in place, follows the window width, and leaves only its result', async () => {
  const line = `echo before; "${process.execPath}" "${PROGRAM}" apply '*'; echo "ended with $?"; exec cat`
  tmux('new-session', '-d', '-s', 'apply', '-x', '80', '-y', '24', line)
  await until('both programs wait', () => scene.waits(), shown)
  const areaOf = (bar: number): RegExp => {
    const row = `\\nm[12] {2}12/26 {2}\\[.{${bar}}\\] {2}cmd\\.run wait.*`
    return new RegExp(`^before\\napply.* 0/2 minions, 2 running .*${row}${row}$`)
  }
  await until('the area at 80 columns', () => areaOf(12).test(shown()), shown)
  tmux('resize-window', '-t', 'apply', '-x', '140', '-y', '24')
  await until('the area at 140 columns', () => areaOf(24).test(shown()), shown)
  tmux('resize-window', '-t', 'apply', '-x', '80', '-y', '24')
  await until('the area at 80 columns again', () => areaOf(12).test(shown()), shown)

  scene.letGo()
  await until('the end', () => shown().includes('ended with 1'), shown)

  expect(shown()).toMatch(/^before\nchanged +file\.managed /)
  expect(shown()).not.toMatch(/0\/2 minions|\[=+>/)
  expect(shown()).toMatch(/\nfailed +cmd\.run fail {2}on m2 {2}role demo/)
  expect(shown()).toMatch(/exit code 1: 1 minion failed\n(?:.*\n)+ended with 1$/)
})
