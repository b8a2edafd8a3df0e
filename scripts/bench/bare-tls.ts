import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Built } from './built.ts'
import { pssMebibytes, threadSeconds } from './process-usage.ts'
import type { Sample } from './timed-command.ts'

export type ServerOrder =
  | { readonly do: 'expect'; readonly connections: number }
  /** Sends `down` bytes to each connection and waits for `up` bytes of each, appended to `file`. */
  | { readonly do: 'exchange'; readonly down: number; readonly up: number; readonly file?: string }

export type ServerReport =
  | { readonly did: 'listen'; readonly port: number }
  | { readonly did: 'connect' }
  | { readonly did: 'exchange' }

export interface ClientsWork {
  readonly port: number
  readonly count: number
  readonly down: number
  readonly up: number
}

/** What bare TLS connections cost, as the floor of a swarm. */
export interface BareTls {
  readonly connect: Sample
  /** One byte to each and back. */
  readonly ping: Sample
  /** A catalog to each, and a report of each in a file, synced for each 100. */
  readonly exchange: Sample
  /** Memory of the server for each connection. */
  readonly kibibytesEach: number
}

/** Connects `count` clients in a process of their own to a server in another, and measures the server. */
export async function measureBareTls(
  built: Built,
  directory: string,
  { count, down, up }: Omit<ClientsWork, 'port'>,
): Promise<BareTls> {
  const server = fork(built.helper('bare-tls-server'))
  let clients: ChildProcess | undefined
  try {
    const listening = await reportOf(server, 'listen')
    if (listening.did !== 'listen' || server.pid === undefined) throw new Error('the bare server does not listen')
    const { pid } = server
    const phase = async (did: ServerReport['did'], act: () => void): Promise<Sample> => {
      const cpu = threadSeconds(pid)
      const begun = performance.now()
      const done = reportOf(server, did)
      act()
      await done
      return { seconds: (performance.now() - begun) / 1000, cpu: threadSeconds(pid) - cpu }
    }
    const empty = pssMebibytes(pid)
    server.send({ do: 'expect', connections: count } satisfies ServerOrder)
    const connect = await phase('connect', () => {
      const work: ClientsWork = { port: listening.port, count, down, up }
      clients = fork(built.helper('bare-tls-clients'), [JSON.stringify(work)])
    })
    const kibibytesEach = ((pssMebibytes(pid) - empty) * 1024) / count
    const send = (order: ServerOrder) => (): void => void server.send(order)
    const ping = await phase('exchange', send({ do: 'exchange', down: 1, up: 1 }))
    const file = join(directory, 'bare-reports')
    const exchange = await phase('exchange', send({ do: 'exchange', down, up, file }))
    return { connect, ping, exchange, kibibytesEach }
  } finally {
    clients?.kill()
    server.kill()
  }
}

function reportOf(server: ChildProcess, did: ServerReport['did']): Promise<ServerReport> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`the bare server ended with ${code}`))
    const onMessage = (message: unknown): void => {
      const report = message as ServerReport
      if (report.did !== did) return
      server.off('message', onMessage)
      server.off('exit', onExit)
      resolve(report)
    }
    server.on('message', onMessage)
    server.once('exit', onExit)
  })
}
