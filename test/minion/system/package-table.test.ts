import { expect, it } from 'vitest'
import { packageTable } from '../../../minion/system/package-table.ts'

const ROWS = [
  'dpkg\tinstalled\t1.21\tamd64\t',
  'postfix\tinstalled\t3.7\tamd64\tdefault-mta, mail-transport-agent',
  'mawk\tinstalled\t1.3\tamd64\tawk (= 1.3), nginx',
  'exim4\tconfig-files\t4.9\tall\tmail-daemon',
].join('\n')

/** A host with these packages, whose apt knows real packages of these names. */
function host(real: readonly string[] = []) {
  const ran: string[] = []
  const table = packageTable(argv => {
    ran.push(argv.join(' '))
    const name = argv.at(-1) ?? ''
    const stdout = argv[0] === 'dpkg-query' ? ROWS : real.includes(name) ? `Package: ${name}\n` : ''
    return Promise.resolve({ exitCode: 0, stdout, stderr: '' })
  })
  return { table, ran }
}

it('a virtual package counts as installed when an installed package provides it', async () => {
  const { table } = host()

  expect(await table.status('mail-transport-agent')).toEqual({
    version: '',
    status: 'installed',
    providedBy: ['postfix'],
  })
  expect(await table.status('awk:amd64')).toMatchObject({ providedBy: ['mawk'] })
})

it('a package with only configuration files left does not count as a provider', async () => {
  expect(await host().table.status('mail-daemon')).toBeUndefined()
})

it('a real package takes precedence over providers of the same name', async () => {
  expect(await host(['nginx']).table.status('nginx')).toBeUndefined()
})

it('the package table calls dpkg once, and never calls apt for installed packages', async () => {
  const { table, ran } = host()

  expect(await table.status('postfix')).toEqual({ version: '3.7', status: 'installed' })
  expect(await table.status('less')).toBeUndefined()
  expect(ran).toHaveLength(1)
  table.forget()
  await table.status('postfix')
  expect(ran).toHaveLength(2)
})
