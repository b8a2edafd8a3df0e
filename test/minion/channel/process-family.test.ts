import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import { endFamily, signalGroup } from '../../../minion/channel/process-family.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

it('killing the descendants of a program skips a process that now belongs to another user, without an error', async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const { pid = 0 } = child
  const gone = once(child, 'exit')
  const kill = process.kill.bind(process)
  const refused = vi.spyOn(process, 'kill').mockImplementation(() => {
    throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
  })

  signalGroup(pid, 'SIGINT')
  await endFamily(pid, 100)

  expect(refused).toHaveBeenCalledWith(pid, 'SIGTERM')
  expect(child.exitCode).toBeNull()
  kill(pid, 'SIGKILL')
  await gone
})
