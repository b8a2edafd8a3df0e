import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { runAgent } from '../../minion/agent.ts'
import { DEFAULT_RULES, saveConfig } from '../../minion/config.ts'
import { readBootId } from '../../minion/grains/collect.ts'
import { loadIdentity } from '../../minion/identity.ts'
import { loadBootMark } from '../../minion/jobs/boot.ts'
import { joinFleet } from '../../minion/join.ts'
import { lockAgent } from '../../minion/state/agent-lock.ts'
import { minionId } from '../../protocol/ids.ts'

const root = Buffer.alloc(32).toString('base64url')
const signal = new AbortController().signal

function freshDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'saltern-agent-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return directory
}

function agentOn(stateDirectory: string, { ready = (): void => undefined, stop = signal } = {}): Promise<void> {
  const config = {
    id: minionId('m1'),
    master: { host: '127.0.0.1', port: 1 },
    root,
    bootWaitMs: 0,
    sessions: DEFAULT_RULES,
  }
  return runAgent({ stateDirectory, config, version: '1', log: () => undefined, ready, leave: signal }, stop)
}

it('an agent whose master is offline is ready after its first attempt, so that its unit is started', async () => {
  const directory = freshDirectory()
  await loadIdentity(directory, minionId('m1'), { mayMake: true })
  await (await loadBootMark(directory, await readBootId())).done()
  const stop = new AbortController()
  const isReady = new Promise<void>(resolve => {
    onTestFinished(() => stop.abort())
    void agentOn(directory, { ready: resolve, stop: stop.signal })
  })

  await expect(isReady).resolves.toBeUndefined()
})

it('a locked minion state directory refuses a second agent and a join, and names the process that holds the lock', async () => {
  const directory = freshDirectory()
  const release = await lockAgent(directory)
  const locked = { code: 'STATE_LOCKED', message: expect.stringContaining(`process ${process.pid}`) }
  const wish = {
    stateDirectory: directory,
    id: minionId('m1'),
    master: '127.0.0.1:1',
    token: undefined,
    root: undefined,
  }

  await expect(agentOn(directory)).rejects.toMatchObject(locked)
  await expect(joinFleet({ ...wish, highstate: false }, signal)).rejects.toMatchObject(locked)
  await release()
  await (await lockAgent(directory))()
})

it('joining a host that is already joined says what it has joined and how to continue', async () => {
  const directory = freshDirectory()
  const master = { host: 'master.example', port: 7443 }
  await saveConfig(directory, { id: minionId('m1'), master, root: 'r'.repeat(43), bootWaitMs: 10_000 })
  const release = await lockAgent(directory)
  const wish = { stateDirectory: directory, id: minionId('m2'), master: '127.0.0.1:1', token: undefined }

  await expect(joinFleet({ ...wish, root: undefined, highstate: false }, signal)).rejects.toMatchObject({
    code: 'STATE_LOCKED',
    message: expect.stringContaining('this host has joined master.example:7443 as m1, and its agent runs'),
    problems: [{ hint: expect.stringContaining('`minion status`') }],
  })
  await release()
})

it('the lock of a minion state directory is released when its process is killed, whatever its file contains', async () => {
  const directory = freshDirectory()
  const program = `const { lockAgent } = await import(process.argv[1])
      await lockAgent(process.argv[2]); console.log('in'); setInterval(() => {}, 1000)`
  const source = join(import.meta.dirname, '../../minion/state/agent-lock.ts')
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, source, directory])
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')

  await expect(lockAgent(directory)).rejects.toMatchObject({
    message: expect.stringContaining(`process ${holder.pid}`),
  })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const release = await lockAgent(directory)

  expect(readFileSync(join(directory, 'agent.lock'), 'utf8')).toBe(`${process.pid}\n`)
  await release()
  writeFileSync(join(directory, 'agent.lock'), 'neither a number nor a lock')
  await (await lockAgent(directory))()
})
