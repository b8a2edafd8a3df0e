import { expect, it } from 'vitest'
import { createCheckpointer, isSigned, signCheckpoint } from '../../../master/control/checkpoints.ts'
import type { Checkpoint } from '../../../master/store/ports.ts'
import { ed25519PrivateKey, rawPublicKey } from '../../../protocol/signature.ts'
import { openFixture } from '../store/fixture.ts'
import { START } from '../store/rows.ts'

const KEY = ed25519PrivateKey(new Uint8Array(32).fill(7))
const PUBLIC = rawPublicKey(KEY)

function scene() {
  const { store } = openFixture()
  const told: Checkpoint[] = []
  const make = () =>
    createCheckpointer({
      log: store.log,
      checkpoints: store.checkpoints,
      fleet: 'fleet',
      key: KEY,
      now: () => START,
      tell: checkpoint => told.push(checkpoint),
    })
  const append = (count: number): void => {
    store.together(() => {
      for (let pid = 0; pid < count; pid++) store.log.append({ type: 'master-started', version: '1', pid })
    })
  }
  return { store, told, make, append }
}

it('checkpoints are signed when the log has grown, and not again before it grows', () => {
  const { store, told, make, append } = scene()
  const checkpointer = make()
  checkpointer.sign()
  expect(told).toEqual([])

  append(3)
  checkpointer.sign()
  checkpointer.sign()
  append(1)
  checkpointer.sign()

  expect(told.map(({ seq }) => seq)).toEqual([3, 4])
  expect(store.checkpoints.list(0, 10)).toEqual(told)
})

it('a checkpoint is made after 1000 entries and at shutdown', () => {
  const { told, make, append } = scene()
  const checkpointer = make()
  append(999)
  checkpointer.look()
  expect(told).toEqual([])
  append(1)
  checkpointer.look()
  append(1)
  checkpointer.sign()
  checkpointer.sign()

  expect(told.map(({ seq }) => seq)).toEqual([1000, 1001])
  make().sign()
  expect(told).toHaveLength(2)
})

it('a checkpoint contains the hash of its entry, signed by this master for this fleet', () => {
  const { store, told, make, append } = scene()
  append(2)
  make().sign()
  const [checkpoint] = told
  if (checkpoint === undefined) throw new Error('no checkpoint')

  expect(checkpoint).toMatchObject({ seq: 2, hash: store.log.read(1, 1)[0]?.hash })
  expect(isSigned('fleet', PUBLIC, checkpoint)).toBe(true)
  const other = rawPublicKey(ed25519PrivateKey(new Uint8Array(32).fill(8)))
  expect(isSigned('fleet', other, checkpoint)).toBe(false)
  expect(isSigned('other', PUBLIC, checkpoint)).toBe(false)
  for (const change of [{ seq: 3 }, { hash: '0'.repeat(64) }, { at: '2020-01-01T00:00:00.000Z' }, { signature: 'x' }]) {
    expect(isSigned('fleet', PUBLIC, { ...checkpoint, ...change })).toBe(false)
  }
  expect(isSigned('fleet', PUBLIC, signCheckpoint('fleet', KEY, checkpoint))).toBe(true)
})

it('checkpoints cannot be changed or deleted through the store', () => {
  const { store, make, append } = scene()
  append(1)
  make().sign()
  const [kept] = store.checkpoints.list(0, 1)
  if (kept === undefined) throw new Error('no checkpoint')

  expect(() => store.checkpoints.add(kept)).toThrow('UNIQUE')
  expect(store.checkpoints.last()).toEqual(kept)
})
