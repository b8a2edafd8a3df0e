import { expect, it } from 'vitest'
import { configFrom } from '../../master/config.ts'
import { AppError } from '../../protocol/errors.ts'

const read = (text: string) => configFrom(text, '/etc/saltern/master.yml', {}, {})
const DAY = 86_400_000

async function refusal(text: string): Promise<string> {
  try {
    return JSON.stringify(await read(text))
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.code} ${thrown.message}`
    throw thrown
  }
}

it('recordings are kept for 90 days and up to 5 GiB by default', async () => {
  expect((await read('')).recordings).toEqual({ ageMs: 90 * DAY, bytes: 5 * 1024 ** 3 })
})

it.each([
  ['recordings: {keep: 36h, size: 500M}', { ageMs: 1.5 * DAY, bytes: 500 * 1024 ** 2 }],
  ['recordings: {keep: 7d}', { ageMs: 7 * DAY, bytes: 5 * 1024 ** 3 }],
  ['recordings: {size: 1G}', { ageMs: 90 * DAY, bytes: 1024 ** 3 }],
])('the setting `%s` sets the retention of recordings', async (text, rule) => {
  expect((await read(text)).recordings).toEqual(rule)
})

it.each([
  ['recordings: {keep: forever}', 'recordings.keep must be a time such as 90d'],
  ['recordings: {keep: 0d}', 'recordings.keep must be a time such as 90d'],
  ['recordings: {size: 5}', 'recordings.size'],
  ['recordings: {size: 5T}', 'recordings.size must be a size such as 5G'],
  ['recordings: {days: 5}', 'recordings'],
])('the setting `%s` for recordings is rejected', async (text, words) => {
  const said = await refusal(text)

  expect(said).toContain('CONFIG_INVALID')
  expect(said).toContain(words)
})

it('by default a report can have 8 MiB, unordered ones 2,000 and 128 MiB a day, and pending keys last 7 days', async () => {
  const { reports, pendingKeysMs } = await read('')

  expect(reports).toEqual({ maxBytes: 8 * 1024 ** 2, unorderedBytes: 128 * 1024 ** 2, unorderedCount: 2000 })
  expect(pendingKeysMs).toBe(7 * DAY)
})

it('the limits on data from minions can be configured', async () => {
  const text = 'reports: {max: 2M, unordered_size: 1G, unordered_count: 5}\npending_keys: 12h\n'
  const { reports, pendingKeysMs } = await read(text)

  expect(reports).toEqual({ maxBytes: 2 * 1024 ** 2, unorderedBytes: 1024 ** 3, unorderedCount: 5 })
  expect(pendingKeysMs).toBe(DAY / 2)
})

it.each([
  ['reports: {max: "8"}', 'reports.max must be a size such as 8M'],
  ['reports: {unordered_count: 0}', 'reports.unordered_count'],
  ['pending_keys: forever', 'pending_keys must be a time such as 7d'],
])('the setting `%s` for limits on data from minions is rejected', async (text, words) => {
  expect(await refusal(text)).toContain(words)
})

it('shared_addresses takes addresses and networks and is empty by default', async () => {
  expect((await read('')).sharedAddresses).toEqual([])
  expect((await read('shared_addresses: [10.0.0.1, "2001:db8::/48"]')).sharedAddresses).toEqual([
    '10.0.0.1',
    '2001:db8::/48',
  ])
})

it.each(['proxy.example', '10.0.0.0/33', '5'])('shared_addresses rejects the value %s', async text => {
  expect(await refusal(`shared_addresses: ["${text}"]`)).toContain('must be an IP address or a network')
})
