import { expect, it } from 'vitest'
import { actOnUnit } from '../../../minion/system/unit-action.ts'

/** A host whose systemctl exits with this code, and whose journal contains this. */
function host(exitCode: number, journal: { readonly exitCode: number; readonly stdout: string }) {
  const ran: string[] = []
  const run = (argv: readonly string[]) => {
    ran.push(argv.join(' '))
    const ofUnit = { exitCode, stdout: '', stderr: 'Job for nginx.service failed.\n' }
    return Promise.resolve(argv[0] === 'journalctl' ? { ...journal, stderr: '' } : ofUnit)
  }
  return { run, ran }
}
const reload = { do: 'unit', unit: 'nginx', verb: 'reload' } as const

it('a failed systemctl action is reported with the end of the journal since it began', async () => {
  const { run, ran } = host(1, { exitCode: 0, stdout: 'nginx: [emerg] invalid parameter "root"\n' })

  expect(await actOnUnit(run, reload)).toMatchObject({
    exitCode: 1,
    stderr: 'Job for nginx.service failed.\nthe end of its journal:\nnginx: [emerg] invalid parameter "root"\n',
  })
  expect(ran[1]).toMatch(/^journalctl --unit=nginx --since=@\d+ --lines=10 /)
})

it.each([
  { exitCode: 0, stdout: '-- No entries --\n' },
  { exitCode: 1, stdout: 'no' },
])('a failed systemctl action is reported alone when the journal has no entries: %j', async journal => {
  const { run } = host(1, journal)

  expect((await actOnUnit(run, reload)).stderr).toBe('Job for nginx.service failed.\n')
})

it('a failed systemctl action is reported alone when journalctl cannot run', async () => {
  const { run } = host(1, { exitCode: 0, stdout: '' })
  const withoutJournal = (argv: readonly string[]) => {
    return argv[0] === 'journalctl' ? Promise.reject(new Error('no such program')) : run(argv)
  }

  expect((await actOnUnit(withoutJournal, reload)).stderr).toBe('Job for nginx.service failed.\n')
})

it('a successful systemctl action reads no journal', async () => {
  const { run, ran } = host(0, { exitCode: 0, stdout: 'x' })

  await actOnUnit(run, reload)

  expect(ran).toEqual(['systemctl reload -- nginx'])
})
