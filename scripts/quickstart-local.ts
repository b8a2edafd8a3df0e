import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import type { Steps } from './quickstart-steps.ts'

const PROJECT = resolve(import.meta.dirname, '..')
const MINIONS = ['one', 'two']

/** Runs the quickstart without root: a master and two minions as processes, and the role `demo` below a temporary directory. */
export async function quickstartLocally({ step, show }: Steps, keep: boolean, stopped: AbortSignal): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'saltern-quickstart-'))
  const children: ChildProcess[] = []
  const port = await freePort()
  const env = {
    ...process.env,
    SALTERN_STATE: join(directory, 'master'),
    SALTERN_SOCKET: join(directory, 'master.sock'),
    SALTERN_FLEET: join(directory, 'fleet'),
    SALTERN_LISTEN: `127.0.0.1:${port}`,
  }
  const run = (program: 'master' | 'minion', words: readonly string[], input?: string) => {
    return execa(process.execPath, [join(PROJECT, program, 'main.ts'), ...words], {
      env,
      reject: false,
      ...(input === undefined ? {} : { input }),
    })
  }
  const must = async (program: 'master' | 'minion', words: readonly string[], input?: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(program, words, input)
    if (exitCode !== 0)
      throw new Error(`\`${program} ${words.join(' ')}\` ended with exit code ${exitCode}:\n${stderr}`)
    return stdout
  }
  const start = (program: 'master' | 'minion', words: readonly string[]): void => {
    children.push(spawn(process.execPath, [join(PROJECT, program, 'main.ts'), ...words], { env, stdio: 'ignore' }))
  }
  const clean = async (): Promise<void> => {
    await Promise.all(children.map(endChild))
    await rm(directory, { recursive: true, force: true })
  }
  try {
    step('making a fleet and starting a master')
    await must('master', ['init', env.SALTERN_FLEET])
    await layFleet(env.SALTERN_FLEET, join(directory, 'demo'))
    start('master', ['start'])
    await until('the master', stopped, async () => (await run('master', ['status'])).exitCode === 0)
    for (const id of MINIONS) {
      step(`joining the minion ${id} by token`)
      const words = ['--id', id, '--role', 'demo', '--level', 'staging']
      const created = await must('master', ['--json', 'join-token', 'create', ...words])
      const token = /saltern1\.[A-Za-z0-9_.-]+/.exec(created)?.[0] ?? ''
      const state = join(directory, id)
      await must('minion', ['--state', state, 'join', '--master', env.SALTERN_LISTEN, '--id', id], token)
      start('minion', ['--state', state, 'start'])
    }
    await until('the minions', stopped, async () => (await run('master', ['ping', '*'])).exitCode === 0)
    for (const words of ['minions', 'test role=demo', 'apply role=demo', 'apply role=demo', 'report']) {
      step(`master ${words}`)
      show(`master ${words}`, await must('master', words.split(' ')))
    }
    if (keep) {
      process.stdout.write(`
All is running; ctrl-C here ends and removes it. From another terminal:
  export SALTERN_SOCKET=${env.SALTERN_SOCKET}
  ${join(PROJECT, 'master/main.ts')} minions
`)
      await new Promise<void>(done => stopped.addEventListener('abort', () => done(), { once: true }))
    }
  } finally {
    step('cleaning up')
    await clean()
  }
}

/** Creates the fleet; each minion writes below its own directory. */
async function layFleet(fleet: string, demo: string): Promise<void> {
  const { username } = userInfo()
  const inventory = MINIONS.map(id => `${id}: {roles: [demo], level: staging}\n`).join('')
  await writeFile(join(fleet, 'inventory.yml'), inventory)
  const top = MINIONS.map(id => `- match: id=${id}\n  files: [${id}]\n`).join('')
  await writeFile(join(fleet, 'pillar/top.yml'), top)
  for (const id of MINIONS) {
    await mkdir(join(demo, id), { recursive: true })
    const pillar = `demo:\n  directory: ${join(demo, id, 'files')}\n  user: ${username}\n  group: ${await groupName()}\n`
    await writeFile(join(fleet, `pillar/${id}.yml`), pillar)
  }
}

async function groupName(): Promise<string> {
  return (await execa('id', ['-gn'])).stdout.trim()
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address === 'object' && address !== null) return address.port
  throw new Error('no free port')
}

async function until(what: string, stopped: AbortSignal, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await holds())) {
    stopped.throwIfAborted()
    if (Date.now() > deadline) throw new Error(`waited 30 s for ${what}, in vain`)
    await pause(200)
  }
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(timer)
}
