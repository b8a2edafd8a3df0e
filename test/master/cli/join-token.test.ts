import { expect, it } from 'vitest'
import { answerOf } from '../../../master/cli/answer.ts'
import { PLAIN } from '../../../master/cli/render/style.ts'
import type { TokenCreated } from '../../../master/verbs/join-tokens.ts'

const CREATED: TokenCreated = {
  minion: 'db2',
  token: 'saltern1.secret',
  id: 'T1',
  expiresAt: '2026-12-01T12:00:00.000Z',
  command: 'minion join --master 192.0.2.7:7443 --id db2',
  master: '192.0.2.7:7443',
  isGuess: false,
  package: 'saltern-minion_1_amd64.deb',
}

async function asideOf(created: Partial<TokenCreated>): Promise<string> {
  const view = { output: 'text', detailed: false, quiet: false } as const
  return (await answerOf('token-create', { ...CREATED, ...created }, PLAIN, view)).aside
}

it('join-token create says nothing about an address that is configured', async () => {
  expect(await asideOf({})).toMatch(/ {2}minion join --master 192\.0\.2\.7:7443 --id db2\n$/)
})

it('join-token create says that the address is a guess, how it was guessed, and the setting that fixes it', async () => {
  const aside = await asideOf({ isGuess: true, guess: { interface: 'eth0', others: ['10.8.0.1'] } })

  expect(aside).toContain('192.0.2.7:7443 is a guess, because none is configured: it is the first one of this machine')
  expect(aside).toContain('interface eth0; this machine also has 10.8.0.1.')
  expect(aside).toContain('write `address: NAME` into /etc/saltern/master.yml')
})

it('join-token create asks to replace THIS-HOST on a machine without an address', async () => {
  const aside = await asideOf({ isGuess: true, master: 'THIS-HOST:7443' })

  expect(aside).toContain('replace `THIS-HOST` by the name of the master')
})
