import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { inCgroup } from './cgroup.ts'
import { LabError, tail } from './lab-error.ts'
import type { LabNetwork } from './network.ts'
import { PLAIN_ENV } from './program.ts'
import { until } from './until.ts'

const PORT = 8888

/** Returns the proxy's configuration: only the lab's hosts may use it, and only to reach the package mirrors (pure). */
function proxyConfig(network: LabNetwork, filterFile: string): string {
  return [
    `Listen ${network.gateway}`,
    `Port ${PORT}`,
    `Allow ${network.subnet}`,
    'User nobody',
    'Group nogroup',
    'Timeout 120',
    'MaxClients 100',
    'DisableViaHeader Yes',
    'ConnectPort 443',
    'LogLevel Warning',
    `Filter "${filterFile}"`,
    'FilterExtended On',
    'FilterDefaultDeny Yes',
    '',
  ].join('\n')
}

/** Starts the forward proxy through which the lab's hosts reach the mirrors; returns its address. */
export async function startProxy(
  labDirectory: string,
  cgroup: string,
  network: LabNetwork,
  mirrors: readonly string[],
): Promise<string> {
  const config = join(labDirectory, 'proxy.conf')
  const filter = join(labDirectory, 'proxy.filter')
  const logFile = join(labDirectory, 'proxy.log')
  const names = [...new Set(mirrors.map(uri => new URL(uri).hostname))]
  await writeFile(filter, names.map(name => `^${name.replaceAll('.', '\\.')}$\n`).join(''))
  await writeFile(config, proxyConfig(network, filter))
  const [file = '', ...args] = await inCgroup(`${cgroup}/proxy`, ['tinyproxy', '-d', '-c', config])
  const log = openSync(logFile, 'a')
  const child = spawn(file, args, { cwd: '/', env: PLAIN_ENV, detached: true, stdio: ['ignore', log, log] })
  child.unref()
  await until(
    async () => {
      if (child.exitCode !== null) {
        throw new LabError(`tinyproxy ended with ${child.exitCode}:\n${tail(await readFile(logFile, 'utf8'))}`)
      }
      return (await answers(network.gateway)) ? true : undefined
    },
    { what: `the proxy at ${network.gateway}:${PORT}`, timeoutMs: 10_000, evidence: () => readFile(logFile, 'utf8') },
  )
  return `http://${network.gateway}:${PORT}`
}

async function answers(host: string): Promise<boolean> {
  const socket = connect({ host, port: PORT })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1000) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
