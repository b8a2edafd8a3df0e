import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { outdated, pathToBackUp, pruneBackups } from '../../../minion/apply/backups.ts'
import { secretFileKey } from '../../../minion/apply/secret-files.ts'
import { Secret } from '../../../protocol/secret.ts'
import type { Action } from '../../../states/action.ts'

const DAY = 24 * 3_600_000
const NOW = 1000 * DAY
const rule = { runs: 3, ageMs: 7 * DAY, bytes: 100 }
const backup = (number: number, days = 0, bytes = 1) => ({ run: `run-${number}`, atMs: NOW - days * DAY, bytes })

it('backups of the minion are removed by number of runs, age and total size', () => {
  expect(
    outdated(
      [1, 2, 3, 4, 5].map(n => backup(n)),
      NOW,
      rule,
    ),
  ).toEqual(['run-2', 'run-1'])
  expect(outdated([backup(2), backup(1, 8)], NOW, rule)).toEqual(['run-1'])
  expect(outdated([backup(3, 0, 60), backup(2, 0, 60), backup(1)], NOW, rule)).toEqual(['run-2', 'run-1'])
  expect(outdated([backup(1, 30, 1000)], NOW, rule)).toEqual([])
})

it('removing a backup deletes its directory recursively', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-backups-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  for (const run of ['run-1', 'run-2']) {
    mkdirSync(join(directory, run, 'etc/app'), { recursive: true })
    writeFileSync(join(directory, run, 'etc/app/app.conf'), 'old')
  }
  utimesSync(join(directory, 'run-1'), 0, 0)
  await pruneBackups(directory, Date.now(), rule)
  await pruneBackups(join(directory, 'none'), Date.now(), rule)

  expect(readdirSync(directory)).toEqual(['run-2'])
  expect(existsSync(join(directory, 'run-2/etc/app/app.conf'))).toBe(true)
})

it('a file with a secret is not backed up before it is changed or removed, and other files are', async () => {
  const { action, system } = secretWorld()
  const paths = await Promise.all(action.map(one => pathToBackUp(one, system)))

  expect(paths.filter(path => path !== undefined)).toEqual(['/etc/plain', '/etc/gone'])
})

/** `/etc/known` was written with a secret by an earlier run. */
function secretWorld() {
  const system = { applied: (key: string) => Promise.resolve(key === secretFileKey('/etc/known')) }
  const write = (path: string, content: Secret<string> | string) =>
    ({ do: 'write-file', path, content, mode: '0600', owner: { uid: 0, gid: 0 } }) as unknown as Extract<
      Action,
      { readonly do: 'write-file' }
    >
  const action = [
    write('/etc/plain', 'text'),
    write('/etc/secret', new Secret('hunter2', 'test')),
    write('/etc/known', 'no secret any more'),
    { do: 'remove', path: '/etc/known', recursive: false },
    { do: 'remove', path: '/etc/gone', recursive: false },
  ] as const
  return { action, system }
}
