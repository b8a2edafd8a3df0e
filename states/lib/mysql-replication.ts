/** A GTID position or state as a list: `1-101-7,0-3-2`. Pure. */
export interface Gtid {
  readonly domain: number
  readonly server: number
  readonly sequence: bigint
}

export function parseGtids(text: string): readonly Gtid[] {
  return text.split(',').flatMap(part => {
    const match = /^\s*(\d+)-(\d+)-(\d+)\s*$/.exec(part)
    return match === null
      ? []
      : [{ domain: Number(match[1]), server: Number(match[2]), sequence: BigInt(match[3] ?? '0') }]
  })
}

/**
 * Transactions that this host wrote itself and its replication position does not cover; a master would not know them. `state`
 * is @@gtid_binlog_state, whose entries of other servers were replicated. A former master that was attached as a replica
 * (`gtid_slave_pos` set to its last one) has none. Pure.
 */
export function ownTransactions(server: number, state: readonly Gtid[], position: readonly Gtid[]): readonly Gtid[] {
  return state.filter(own => {
    if (own.server !== server) return false
    const reached = position.find(({ domain }) => domain === own.domain)
    return reached === undefined || own.sequence > reached.sequence
  })
}

export function gtidText({ domain, server, sequence }: Gtid): string {
  return `${domain}-${server}-${sequence}`
}

/** The parts of SHOW REPLICA STATUS that the state uses. */
export interface ReplicaStatus {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly tls: {
    readonly allowed: boolean
    readonly ca: string
    readonly cert: string
    readonly key: string
    readonly verified: boolean
  }
  readonly usesSlavePos: boolean
  readonly receiver: Thread
  readonly applier: Thread
}

/** One of the two threads. `working`: connected and applying; `starting`: may still reach that by itself. */
interface Thread {
  readonly state: 'working' | 'starting' | 'stopped'
  /** The daemon's message; empty when there is none. */
  readonly error: string
}

/** Converts the columns of `SHOW REPLICA STATUS\G`. Pure. */
export function replicaStatus(columns: { readonly [column: string]: string }): ReplicaStatus {
  const of = (column: string): string => columns[column] ?? ''
  return {
    host: of('Master_Host'),
    port: Number(of('Master_Port')),
    user: of('Master_User'),
    tls: {
      allowed: of('Master_SSL_Allowed') === 'Yes',
      ca: of('Master_SSL_CA_File'),
      cert: of('Master_SSL_Cert'),
      key: of('Master_SSL_Key'),
      verified: of('Master_SSL_Verify_Server_Cert') === 'Yes',
    },
    usesSlavePos: of('Using_Gtid') === 'Slave_Pos',
    receiver: threadOf(of('Slave_IO_Running'), of('Last_IO_Errno'), of('Last_IO_Error')),
    applier: threadOf(of('Slave_SQL_Running'), of('Last_SQL_Errno'), of('Last_SQL_Error')),
  }
}

export function isWorking({ receiver, applier }: ReplicaStatus): boolean {
  return receiver.state === 'working' && applier.state === 'working'
}

/** True while waiting can help. */
export function isStarting({ receiver, applier }: ReplicaStatus): boolean {
  return receiver.state === 'starting' && applier.state !== 'stopped'
}

function threadOf(running: string, number: string, words: string): Thread {
  const state = running === 'Yes' ? 'working' : running === 'No' ? 'stopped' : 'starting'
  return { state, error: number === '' || number === '0' ? '' : `${words} (${number})` }
}
