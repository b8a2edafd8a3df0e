import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { createWorkDirectory } from '../../scripts/package/work-directory.ts'

const NAME = 'saltern-minion_0.0.1_amd64.deb'
const BYTES = 8 * 1024 * 1024
const BUILDS = 8
const PUBLISH = resolve(import.meta.dirname, '../../scripts/package/publish.ts')
const WORK = resolve(import.meta.dirname, '../../scripts/package/work-directory.ts')

function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-killed-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A package of some megabytes that consists of one letter. */
function deb(directory: string, letter: string): string {
  const root = join(directory, letter)
  mkdirSync(join(root, 'DEBIAN'), { recursive: true })
  const fields = 'Package: saltern-minion\nVersion: 0.0.1\nArchitecture: amd64\nMaintainer: a <a@saltern.example>\n'
  writeFileSync(join(root, 'DEBIAN/control'), `${fields}Description: ${letter}\n`)
  writeFileSync(join(root, 'data'), letter.repeat(BYTES))
  const path = join(directory, `${letter}.deb`)
  execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '--build', root, path], { stdio: 'ignore' })
  return path
}

/** Publishes two packages of the same name in turn, like one build after the other, until it is killed. */
const PROGRAM = `
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
const [publish, work, out, ...debs] = process.argv.slice(1)
const { publish: put } = await import(publish)
const { createWorkDirectory } = await import(work)
for (let at = 0; at < 100; at += 1) {
  const directory = await createWorkDirectory(out)
  const path = join(directory, '${NAME}')
  await copyFile(debs[at % 2], path)
  await put({ debs: [path], work: directory, out, key: undefined, at: new Date(0) })
  await rm(directory, { recursive: true })
  process.stdout.write('.')
}`

it('a build that is killed leaves whole packages, old or new, and the next one removes its leftovers', async () => {
  const directory = scratch()
  const debs = ['a', 'b'].map(letter => deb(directory, letter))
  const whole = debs.map(path => readFileSync(path))
  const out = join(directory, 'dist')
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, PUBLISH, WORK, out, ...debs])
  let builds = 0
  child.stdout.on('data', (dots: Buffer) => (builds += dots.length))
  const ended = new Promise(end => child.once('close', end))
  const sizes = new Set<number | undefined>()
  while (builds < BUILDS && child.exitCode === null) {
    await turn()
    // What a reader sees at any moment is what a kill at that moment leaves.
    if (builds > 0) sizes.add(statSync(join(out, NAME), { throwIfNoEntry: false })?.size)
  }
  child.kill('SIGKILL')
  await ended

  expect(builds).toBeGreaterThanOrEqual(BUILDS)
  expect([...sizes]).toEqual([whole[0]?.length])
  expect(whole.some(bytes => bytes.equals(readFileSync(join(out, NAME))))).toBe(true)
  expect(readdirSync(out).filter(name => name.endsWith('.deb'))).toEqual([NAME])
  const mine = await createWorkDirectory(out)
  expect(readdirSync(out).filter(name => name.startsWith('.'))).toEqual([mine.slice(out.length + 1)])
})

it('a build does not remove the working directory of one that runs', async () => {
  const out = scratch()
  const other = await createWorkDirectory(out)

  await createWorkDirectory(out)

  expect(existsSync(other)).toBe(true)
})
