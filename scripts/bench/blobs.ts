import { execFile, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PingAnswer } from '../../master/verbs/minions.ts'
import { Scene, until } from '../../test/journey/scene.ts'
import { type Finding, round, timeOf } from './measure.ts'
import { residentMebibytes } from './processes.ts'

const run = promisify(execFile)
const MIB = 1024 * 1024
const SIZES_MIB = (process.env['SALTERN_BENCH_MIB'] ?? '1,16,64,512').split(',').map(Number)
const MINIONS = ['m1', 'm2', 'm3', 'm4']
const SSHD = '/usr/sbin/sshd'

/** Sends one role file to four minions, compared with `scp` of the same file to four targets at once. */
export async function benchBlobs(): Promise<readonly Finding[]> {
  const scene = new Scene()
  const findings: Finding[] = []
  try {
    await scene.makeFleet({ 'inventory.yml': '"m*": {roles: [big], level: staging}\n', 'roles/big/states.yml': '' })
    await scene.startMaster()
    // A busy machine starts processes slowly.
    for (const id of MINIONS) await scene.join(id).catch(() => scene.here(id))
    const ssh = existsSync(SSHD) ? await startSshd(scene.directory) : undefined
    try {
      for (const size of SIZES_MIB) findings.push(await distribute(scene, size, ssh))
    } finally {
      ssh?.stop()
    }
    return findings
  } finally {
    await scene.close()
  }
}

async function distribute(scene: Scene, size: number, ssh: Sshd | undefined): Promise<Finding> {
  const file = join(scene.fleet, 'roles/big/files/blob')
  mkdirSync(join(scene.fleet, 'roles/big/files'), { recursive: true })
  writeRandom(file, size)
  const target = join(scene.out, '{{ minion.id }}')
  scene.write({
    'roles/big/states.yml': `"${target}":\n  file.managed: {source: files/blob, ${scene.owner}}\n`,
  })
  const master = scene.pid('master')
  const watched = watch(scene, master)
  const applying = timeOf(() => scene.must(['apply', '*']))
  const [applied, seen] = await Promise.allSettled([applying, applying.catch(() => 0).then(() => watched.end())])
  if (applied.status === 'rejected') throw applied.reason
  if (seen.status === 'rejected') throw seen.reason
  const ms = applied.value
  const { worstPing, peak } = seen.value
  for (const id of MINIONS) {
    if (statSync(join(scene.out, id)).size !== size * MIB) throw new Error(`${id} has another file`)
  }
  const scp = ssh === undefined ? undefined : await timeOf(() => ssh.copy(file, MINIONS.length))
  for (const id of MINIONS) rmSync(join(scene.out, id), { force: true })
  const rate = (of: number): string => `${round(of / 1000)} s, ${round((MINIONS.length * size) / (of / 1000))} MB/s`
  return {
    what: `a file of ${size} MiB to ${MINIONS.length} minions`,
    measured: `${rate(ms)}; scp ${scp === undefined ? 'not measured: no sshd' : rate(scp)}; master at most ${round(peak)} MiB, worst ping ${round(worstPing)} ms`,
    budget: 'half as fast as scp, 400 MiB',
    ok: peak < 400 && (scp === undefined || ms < 2 * scp + 5_000),
  }
}

/** Pings all minions repeatedly and samples the memory of the master. */
function watch(scene: Scene, pid: number): { end(): Promise<{ readonly worstPing: number; readonly peak: number }> } {
  let peak = residentMebibytes(pid)
  let worstPing = 0
  let isOver = false
  const sampling = setInterval(() => {
    peak = Math.max(peak, residentMebibytes(pid))
  }, 100)
  const pinging = (async () => {
    while (!isOver) {
      const { answers } = JSON.parse(await scene.must(['--json', 'ping', '*'])) as { answers: readonly PingAnswer[] }
      for (const { ok, ms } of answers) worstPing = Math.max(worstPing, ok ? (ms ?? Infinity) : Infinity)
    }
  })()
  return {
    end: async () => {
      isOver = true
      clearInterval(sampling)
      await pinging
      return { worstPing, peak }
    },
  }
}

interface Sshd {
  copy(file: string, times: number): Promise<void>
  stop(): void
}

/** Starts an sshd on a loopback port with its own keys. */
async function startSshd(directory: string): Promise<Sshd> {
  const at = (name: string): string => join(directory, `ssh-${name}`)
  mkdirSync('/run/sshd', { recursive: true })
  for (const name of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
  execFileSync('cp', [`${at('user')}.pub`, at('authorized')])
  const port = await freePort()
  const options = [
    '-o',
    'Subsystem=sftp internal-sftp',
    '-o',
    'UsePAM=no',
    '-o',
    'StrictModes=no',
    '-o',
    'PidFile=none',
    '-o',
    'ListenAddress=127.0.0.1',
  ]
  const keys = ['-h', at('host'), '-o', `AuthorizedKeysFile=${at('authorized')}`]
  const child = spawn(SSHD, ['-D', '-f', '/dev/null', '-p', String(port), ...keys, ...options], { stdio: 'ignore' })
  const scp = [
    '-q',
    '-P',
    String(port),
    '-i',
    at('user'),
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    'UserKnownHostsFile=/dev/null',
  ]
  const place = `${userInfo().username}@127.0.0.1:`
  writeFileSync(at('probe'), '')
  await until('sshd answers', async () => {
    const copied = run('scp', [...scp, at('probe'), `${place}${at('probe-there')}`])
    return await copied.then(
      () => true,
      () => false,
    )
  })
  return {
    async copy(file, times) {
      const targets = Array.from({ length: times }, (_, index) => at(`copy-${index}`))
      await Promise.all(targets.map(target => run('scp', [...scp, file, `${place}${target}`])))
      for (const target of targets) rmSync(target, { force: true })
    },
    stop: () => void child.kill(),
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function writeRandom(path: string, size: number): void {
  rmSync(path, { force: true })
  for (let written = 0; written < size; written++) writeFileSync(path, randomBytes(MIB), { flag: 'a' })
}
