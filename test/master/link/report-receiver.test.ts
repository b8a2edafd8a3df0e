import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { ReportReceiver, type ReportSink } from '../../../master/link/report-receiver.ts'
import { sha256Of } from '../../../protocol/catalog.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { RunId } from '../../../protocol/ids.ts'
import { LIMITS } from '../../../protocol/limits.ts'
import type { FromMaster } from '../../../protocol/messages.ts'
import { signReport } from '../../../protocol/order.ts'
import { rawPublicKey } from '../../../protocol/signature.ts'
import { fakeIntake } from './link-scene.ts'
import { provenMinion } from './proven.ts'

const RUN = 'run-00000000000000000000000001' as RunId

function receiver(more: Partial<ReportSink> = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const key = rawPublicKey(publicKey)
  const sent: FromMaster[] = []
  const refused: string[] = []
  const logged: string[] = []
  const peer = provenMinion({ key })
  const reports = new ReportReceiver(
    peer,
    { send: message => sent.push(message) > 0 },
    {
      intake: fakeIntake({ refused: (_minion, run, { code }) => void refused.push(`${run} ${code}`), ...more }),
      log: event => void logged.push(event),
    },
  )
  const offer = (bytes: Uint8Array): void => {
    const sha256 = sha256Of(bytes)
    const signature = signReport(privateKey, RUN, sha256)
    reports.offered({ type: 'report-offer', run: RUN, sha256, size: bytes.length, signature })
  }
  const deliver = (bytes: Uint8Array): void => {
    for (let offset = 0; offset < bytes.length; offset += LIMITS.chunkBytes) {
      const data = bytes.subarray(offset, offset + LIMITS.chunkBytes)
      void reports.chunk({ type: 'blob-chunk', sha256: sha256Of(bytes), offset, size: bytes.length, data })
    }
  }
  return { sent, refused, logged, offer, deliver }
}

const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const REPORT = new Uint8Array(3 * LIMITS.chunkBytes).fill(7)

it('a report that is too large is refused before a byte is fetched, and its run gets an outcome', () => {
  const problem = { code: 'REPORT_TOO_LARGE', message: 'too large' } as const
  const { sent, refused, offer } = receiver({ judge: () => problem })

  offer(REPORT)

  expect(sent).toEqual([{ type: 'report-refused', run: RUN, problem }])
  expect(refused).toEqual([`${RUN} REPORT_TOO_LARGE`])
})

it('a report above the quota gets no answer and is fetched when it is offered again later', () => {
  const verdict: { current: 'put-off' | 'take' } = { current: 'put-off' }
  const { sent, logged, offer } = receiver({ judge: () => verdict.current })
  offer(REPORT)
  expect(sent).toEqual([])
  expect(logged).toEqual(['report-put-off'])

  verdict.current = 'take'
  offer(REPORT)

  expect(sent.map(({ type }) => type)).toEqual(['blob-want', 'blob-want', 'blob-want'])
})

it('a report that is already on disk is acknowledged and not fetched', () => {
  const { sent, offer } = receiver({ judge: () => 'stored' })

  offer(REPORT)

  expect(sent).toEqual([{ type: 'report-stored', run: RUN }])
})

it('a report is stored once, however often its last chunk arrives', async () => {
  let stored = 0
  const done = Promise.withResolvers<void>()
  const { sent, offer, deliver } = receiver({
    store: () => {
      stored += 1
      return done.promise
    },
  })
  offer(REPORT)
  for (let again = 0; again < 5; again++) deliver(REPORT)
  offer(REPORT)
  expect(sent.filter(({ type }) => type === 'report-stored')).toEqual([])

  done.resolve()
  await settled()

  expect(stored).toBe(1)
  expect(sent.at(-1)).toEqual({ type: 'report-stored', run: RUN })
})

it.each([
  ['REPORT_REFUSED', true],
  ['STORE_FULL', false],
] as const)('a report that fails to be stored with %s ends its run permanently: %s', async (code, isFinal) => {
  const { sent, refused, offer, deliver } = receiver({
    store: async () => {
      throw new AppError({ code, message: 'no' })
    },
  })
  offer(REPORT)
  deliver(REPORT)
  await settled()

  expect(refused).toEqual(isFinal ? [`${RUN} ${code}`] : [])
  expect(sent.some(({ type }) => type === 'report-refused')).toBe(isFinal)
})
