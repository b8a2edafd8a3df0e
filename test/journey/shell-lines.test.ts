import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linesTypedBy, outputsBelow } from '../house/command-blocks.ts'
import { PROGRAM, Scene } from './scene.ts'
import { KEYS, Terminal } from './terminal.ts'

/* The dialogue of docs/shell.md, typed on a fleet with the names of the page. */

const PAGE = 'docs/shell.md'
const [START = ''] = linesTypedBy('test/journey/shell-lines.test.ts', PAGE)
const PROMPT = /^(shop(?: [^>]+)?>)(?: (.*))?$/

const scene = new Scene()

beforeAll(async () => {
  await scene.makeFleet({ 'roles/web/role.yml': 'summary: a page\n', 'roles/web/states.yml': '{}\n' })
  const fleet = readFileSync(join(scene.fleet, 'fleet.yml'), 'utf8')
  scene.write({ 'fleet.yml': fleet.replace(/^name:.*$/m, 'name: shop') })
  await scene.startMaster()
  await scene.join('db1', ['--level', 'production'])
  await scene.kill('minion-db1')
  await scene.join('web2', ['--role', 'web', '--level', 'staging'])
  await scene.must(['apply', 'web2'])
})
afterAll(() => scene.close())

function openShell(): Terminal {
  const bin = join(scene.directory, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'master'), `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, { mode: 0o755 })
  const { NO_COLOR: _, ...env } = scene.env
  const [program = '', ...words] = START.split(' ')
  return new Terminal(join(bin, program), words, { ...env, HOME: scene.directory })
}

it('the dialogue that docs/shell.md shows can be typed, with the prompts and answers of the page', async () => {
  const [dialogue = []] = outputsBelow(PAGE, START)
  const steps = dialogue.reduce<{ prompt: string; typed: string; answer: string[] }[]>((all, line) => {
    const [, prompt, typed = ''] = PROMPT.exec(line) ?? []
    if (prompt === undefined) all.at(-1)?.answer.push(line)
    else all.push({ prompt, typed, answer: [] })
    return all
  }, [])
  const terminal = openShell()

  expect(steps.length).toBeGreaterThan(5)
  await terminal.sees(/shop on .*; you are [\s\S]*STAGING {5}1 of 1 online[\s\S]*offline\n {4}db1 {2}since /)
  for (const { prompt, typed, answer } of steps) {
    await terminal.sees(`${prompt} `)
    terminal.type(`${typed}${KEYS.enter}`)
    for (const line of answer) await terminal.sees(shapeOf(line))
  }
  // The exit code of the last verb, as the page says.
  expect(await terminal.ends()).toBe(2)
})

/** A line of output, whatever its times and addresses are. */
function shapeOf(line: string): RegExp {
  const words = line.trim().split(/\s+/)
  const patterns = words.map(word =>
    /\d[\d.:-]{5,}/.test(word) ? '\\S+' : word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  return new RegExp(patterns.join('\\s+'))
}
