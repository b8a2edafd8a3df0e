import { describe, expect, it } from 'vitest'
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

describe('how long recordings are kept, in the settings of a master', () => {
  it('is 90 days and 5 GiB unless said', async () => {
    expect((await read('')).recordings).toEqual({ ageMs: 90 * DAY, bytes: 5 * 1024 ** 3 })
  })

  it.each([
    ['recordings: {keep: 36h, size: 500M}', { ageMs: 1.5 * DAY, bytes: 500 * 1024 ** 2 }],
    ['recordings: {keep: 7d}', { ageMs: 7 * DAY, bytes: 5 * 1024 ** 3 }],
    ['recordings: {size: 1G}', { ageMs: 90 * DAY, bytes: 1024 ** 3 }],
  ])('is what %s says', async (text, rule) => {
    expect((await read(text)).recordings).toEqual(rule)
  })

  it.each([
    ['recordings: {keep: forever}', 'recordings.keep must be a time such as 90d'],
    ['recordings: {keep: 0d}', 'recordings.keep must be a time such as 90d'],
    ['recordings: {size: 5}', 'recordings.size'],
    ['recordings: {size: 5T}', 'recordings.size must be a size such as 5G'],
    ['recordings: {days: 5}', 'recordings'],
  ])('is refused as %s', async (text, words) => {
    const said = await refusal(text)

    expect(said).toContain('CONFIG_INVALID')
    expect(said).toContain(words)
  })
})

describe('limits on what minions send, in the settings of a master', () => {
  it('are 8 MiB a report, 2,000 reports and 128 MiB a day that nobody ordered, and 7 days for a pending key', async () => {
    const { reports, pendingKeysMs } = await read('')

    expect(reports).toEqual({ maxBytes: 8 * 1024 ** 2, unorderedBytes: 128 * 1024 ** 2, unorderedCount: 2000 })
    expect(pendingKeysMs).toBe(7 * DAY)
  })

  it('are what the settings say', async () => {
    const text = 'reports: {max: 2M, unordered_size: 1G, unordered_count: 5}\npending_keys: 12h\n'
    const { reports, pendingKeysMs } = await read(text)

    expect(reports).toEqual({ maxBytes: 2 * 1024 ** 2, unorderedBytes: 1024 ** 3, unorderedCount: 5 })
    expect(pendingKeysMs).toBe(DAY / 2)
  })

  it.each([
    ['reports: {max: "8"}', 'reports.max must be a size such as 8M'],
    ['reports: {unordered_count: 0}', 'reports.unordered_count'],
    ['pending_keys: forever', 'pending_keys must be a time such as 7d'],
  ])('are refused as %s', async (text, words) => {
    expect(await refusal(text)).toContain(words)
  })
})

describe('addresses that several minions come from, in the settings of a master', () => {
  it('are addresses and networks; none unless said', async () => {
    expect((await read('')).sharedAddresses).toEqual([])
    expect((await read('shared_addresses: [10.0.0.1, "2001:db8::/48"]')).sharedAddresses).toEqual([
      '10.0.0.1',
      '2001:db8::/48',
    ])
  })

  it.each(['proxy.example', '10.0.0.0/33', '5'])('are refused as %s', async text => {
    expect(await refusal(`shared_addresses: ["${text}"]`)).toContain('must be an IP address or a network')
  })
})
