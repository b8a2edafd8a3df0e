import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readyNotice } from '../../protocol/notify-ready.ts'

const directory = mkdtempSync(join(tmpdir(), 'saltern-notify-'))
const said = join(directory, 'said')
afterAll(() => rmSync(directory, { recursive: true }))

/** Stands in for systemd's program, which requires a host booted with systemd. */
function systemdNotify(body: string): string {
  const path = join(directory, 'systemd-notify')
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return `${directory}:/usr/bin:/bin`
}

it('readyNotice notifies systemd once and passes its socket to no other program', async () => {
  const env: NodeJS.ProcessEnv = { PATH: systemdNotify(`echo "$NOTIFY_SOCKET $*" >>${said}`), NOTIFY_SOCKET: '/run/n' }
  const ready = readyNotice(env)

  expect(env['NOTIFY_SOCKET']).toBeUndefined()
  await ready()
  await ready()
  expect(readFileSync(said, 'utf8')).toMatch(/^\/run\/n --ready\b.*\n$/)
})

it('readyNotice does nothing without a notify socket, and rejects when systemd cannot be notified', async () => {
  const PATH = systemdNotify('echo "no socket" >&2; exit 1')

  await readyNotice({ PATH })()
  const told = readyNotice({ PATH, NOTIFY_SOCKET: '/run/n' }, { tries: 1, waitMs: 1 })()
  await expect(told).rejects.toThrow('no socket')
  await expect(told).rejects.toMatchObject({ code: 'SYSTEMD_UNREACHABLE' })
})

it('readyNotice retries a failed notification a limited number of times', async () => {
  const tried = join(directory, 'tried')
  const PATH = systemdNotify(`echo x >>${tried}; test $(wc -l <${tried}) -gt 2`)
  const patience = { tries: 3, waitMs: 1 }

  await readyNotice({ PATH, NOTIFY_SOCKET: '/run/n' }, patience)()
  expect(readFileSync(tried, 'utf8')).toBe('x\nx\nx\n')

  rmSync(tried)
  await expect(readyNotice({ PATH, NOTIFY_SOCKET: '/run/n' }, { tries: 2, waitMs: 1 })()).rejects.toThrow()
  expect(readFileSync(tried, 'utf8')).toBe('x\nx\n')
})

it.each(['master', 'minion'])('the systemd unit of the %s waits for its readiness notification', program => {
  const unit = readFileSync(resolve(import.meta.dirname, `../../${program}/saltern-${program}.service`), 'utf8')

  expect(unit).toMatch(/^Type=notify$/m)
  expect(unit).toMatch(/^NotifyAccess=all$/m)
  expect(unit).toMatch(/^TimeoutStartSec=infinity$/m)
})
