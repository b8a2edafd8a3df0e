import { expect, it } from 'vitest'
import { Secret } from '../../../protocol/secret.ts'
import { mysqlReplicaConfigured } from '../../../states/mysql_replica/configured.ts'
import { applyState, planState, secretParam } from '../../fake/apply-state.ts'
import { createHostWithoutMariadb, createMariadbHost } from '../../fake/fake-mariadb.ts'
import type { FakeSystem } from '../../fake/fake-system.ts'

const REPLICA = {
  name: 'replica of db1',
  master_host: '10.0.0.1',
  master_user: 'repl',
  master_password: secretParam("it's"),
  ssl_ca: '/etc/tls/ca.crt',
  ssl_cert: '/etc/tls/host.crt',
  ssl_key: '/etc/tls/host.key',
}
const WORKING = {
  Master_Host: '10.0.0.1',
  Master_User: 'repl',
  Master_Port: '3306',
  Slave_IO_Running: 'Yes',
  Slave_SQL_Running: 'Yes',
  Last_Errno: '0',
  Master_SSL_Allowed: 'Yes',
  Master_SSL_CA_File: '/etc/tls/ca.crt',
  Master_SSL_Cert: '/etc/tls/host.crt',
  Master_SSL_Key: '/etc/tls/host.key',
  Master_SSL_Verify_Server_Cert: 'Yes',
  Last_IO_Errno: '0',
  Last_IO_Error: '',
  Last_SQL_Errno: '0',
  Last_SQL_Error: '',
  Using_Gtid: 'Slave_Pos',
}
type Columns = { readonly [column: string]: string }

const CONNECTING = { ...WORKING, Slave_IO_Running: 'Connecting' }
const STOPPED = { ...WORKING, Slave_IO_Running: 'No', Slave_SQL_Running: 'No' }
const CHANGE = [
  'STOP REPLICA;\n',
  "CHANGE MASTER TO MASTER_HOST = '10.0.0.1', MASTER_PORT = 3306, MASTER_USER = 'repl', MASTER_PASSWORD = 'it''s', ",
  "MASTER_CONNECT_RETRY = 5, MASTER_SSL = 1, MASTER_SSL_CA = '/etc/tls/ca.crt', MASTER_SSL_CERT = '/etc/tls/host.crt', ",
  "MASTER_SSL_KEY = '/etc/tls/host.key', MASTER_SSL_VERIFY_SERVER_CERT = 1, MASTER_USE_GTID = slave_pos;\n",
  'START REPLICA;\n',
].join('')

interface Place {
  readonly server?: string
  readonly state?: string
  readonly position?: string
  readonly databases?: readonly string[]
}

/** `then`: the statuses read after a change; the last one repeats. */
function hostWith(status: Columns | undefined, place: Place = {}, then: readonly Columns[] = [WORKING]): FakeSystem {
  const { server = '2', state = '', position = '', databases = [] } = place
  let looks: readonly (Columns | undefined)[] = [status]
  return createMariadbHost({
    readOnly: true,
    status() {
      const [now, ...later] = looks
      if (later.length > 0) looks = later
      return now
    },
    look(sql) {
      if (!sql.startsWith('SELECT @@GLOBAL.server_id, @@GLOBAL.gtid_binlog_state;\n')) return undefined
      return [[server, state], [position], ...databases.map(name => [name])]
    },
    perform(sql) {
      looks = then
      return sql === CHANGE || sql === 'START REPLICA;\n'
    },
  })
}

/** A host on which an earlier apply set this password. */
async function hostThatKnows(status: Columns, place: Place = {}, then?: readonly Columns[]): Promise<FakeSystem> {
  const host = hostWith(status, place, then)
  const key = 'mysql_replica.configured/master_password'
  await host.perform({ do: 'remember', key, value: "it's" })
  return host
}

it('mysql_replica.configured sets up replication in one secret script and waits for both threads', async () => {
  const host = hostWith(undefined, {}, [CONNECTING, CONNECTING, WORKING])

  const { actions, left } = await applyState(mysqlReplicaConfigured, REPLICA, host)

  expect(actions).toMatchObject([
    { do: 'run', summary: 'replicate from 10.0.0.1:3306', stdin: expect.any(Secret) },
    { do: 'remember', value: expect.any(Secret) },
  ])
  expect(left).toEqual([])
  expect(host.inputs.filter(input => input.includes('DO SLEEP(0.5) /* look'))).toHaveLength(2)
})

it('mysql_replica.configured leaves a correct replica unchanged, even one that was the master before', async () => {
  const former = { state: '1-1-90,1-2-50', position: '1-1-90' }

  expect(await planState(mysqlReplicaConfigured, REPLICA, await hostThatKnows(WORKING, former))).toEqual([])
})

it('mysql_replica.configured corrects drifted settings, such as an unverified certificate', async () => {
  const lax = await hostThatKnows({ ...WORKING, Master_SSL_Verify_Server_Cert: 'No' })

  const { actions, left } = await applyState(mysqlReplicaConfigured, REPLICA, lax)

  expect(actions.map(action => action.do)).toEqual(['run', 'remember'])
  expect(left).toEqual([])
})

it('mysql_replica.configured changes a password that differs from the one set last', async () => {
  const host = await hostThatKnows(WORKING)

  expect(
    await planState(mysqlReplicaConfigured, { ...REPLICA, master_password: secretParam('new') }, host),
  ).toHaveLength(2)
})

it('mysql_replica.configured starts replication threads that were stopped', async () => {
  const { actions, left } = await applyState(mysqlReplicaConfigured, REPLICA, await hostThatKnows(STOPPED))

  expect(actions).toMatchObject([{ summary: 'start the replication threads' }])
  expect(left).toEqual([])
})

it('mysql_replica.configured refuses a host that replicates from another master', async () => {
  const other = hostWith({ ...WORKING, Master_Host: '10.0.0.9' })

  await expect(planState(mysqlReplicaConfigured, REPLICA, other)).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_OTHER_MASTER', message: expect.stringContaining('`10.0.0.9:3306`') }],
  })
})

it('mysql_replica.configured refuses a host with its own transactions or databases', async () => {
  const errant = await hostThatKnows(WORKING, { state: '1-1-45,1-2-46', position: '1-1-45' })
  const filled = hostWith(undefined, { databases: ['app', 'wiki'] })

  await expect(planState(mysqlReplicaConfigured, REPLICA, errant)).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_OWN_TRANSACTIONS', message: expect.stringContaining('`1-2-46`') }],
  })
  await expect(planState(mysqlReplicaConfigured, REPLICA, filled)).rejects.toThrow('the databases `app`, `wiki`')
  expect(errant.performed.filter(action => action.do === 'run')).toEqual([])
})

it('mysql_replica.configured accepts a seeded host with databases and a GTID position', async () => {
  const seeded = hostWith(undefined, { databases: ['app'], position: '1-1-45' })

  expect(await planState(mysqlReplicaConfigured, REPLICA, seeded)).toHaveLength(2)
})

it('mysql_replica.configured fails with the error of MariaDB when replication does not start', async () => {
  const words = { Last_IO_Errno: '1045', Last_IO_Error: 'Access denied for user repl' }
  const refused = await hostThatKnows({ ...CONNECTING, ...words })
  const conflict = { Slave_SQL_Running: 'No', Last_SQL_Errno: '1062', Last_SQL_Error: 'Duplicate entry' }

  await expect(planState(mysqlReplicaConfigured, REPLICA, refused)).rejects.toThrow(
    'Access denied for user repl (1045)',
  )
  expect(refused.inputs.filter(input => input.includes('DO SLEEP'))).toHaveLength(60)
  await expect(
    planState(mysqlReplicaConfigured, REPLICA, await hostThatKnows({ ...WORKING, ...conflict })),
  ).rejects.toThrow('Duplicate entry (1062)')
  await expect(planState(mysqlReplicaConfigured, REPLICA, createHostWithoutMariadb())).rejects.toMatchObject({
    problems: [{ code: 'MYSQL_UNREACHABLE' }],
  })
})

it('mysql_replica.configured does nothing when it is applied twice', async () => {
  const host = hostWith(undefined)

  await applyState(mysqlReplicaConfigured, REPLICA, host)

  expect((await applyState(mysqlReplicaConfigured, REPLICA, host)).actions).toEqual([])
})
