import { expect, it } from 'vitest'
import { ALL_RIGHTS, type Caller, type Rights } from '../../../master/access/caller.ts'
import { demandRight } from '../../../master/access/pick-among.ts'
import { rightsOf } from '../../../master/access/rights.ts'
import type { MasterEvent } from '../../../master/store/log/events.ts'
import { parseTarget } from '../../../master/target/parse.ts'
import { RIGHTS } from '../../../master/verbs/rights.ts'
import { AppError } from '../../../protocol/errors.ts'
import type { MinionId } from '../../../protocol/ids.ts'
import { type FakeVerbs, fakeDispatch } from '../run-verb.ts'

const NOBODY = new AbortController().signal
const MINION = { id: 'p1' as MinionId, view: { id: 'p1', roles: [], level: 'production', grains: {} } }

function may(verbs: readonly string[], target: string): Rights {
  return rightsOf([{ verbs, target: parseTarget(target) }], RIGHTS)
}

function anna(rights: Rights): Caller {
  return { operator: 'anna', via: 'socket', rights }
}

function scene(verbs: FakeVerbs) {
  const events: MasterEvent[] = []
  return { events, dispatch: fakeDispatch(verbs, event => events.push(event)) }
}

it('dispatch checks the right before it parses the input and logs the denial', async () => {
  const { dispatch, events } = scene({})

  await expect(
    dispatch('apply', { nonsense: 1 }, () => undefined, NOBODY, anna(may(['test'], '*'))),
  ).rejects.toMatchObject({ problems: [{ code: 'RIGHT_DENIED', message: 'anna may not `apply`' }] })
  expect(events).toEqual([{ type: 'right-denied', operator: 'anna', verb: 'apply', via: 'socket' }])
})

it('dispatch logs the minions on which a verb was denied', async () => {
  const { dispatch, events } = scene({
    test: async (_input, { caller }) => {
      demandRight(caller, 'test', [MINION])
      throw new Error('not refused')
    },
  })

  await expect(
    dispatch('test', { target: '*' }, () => undefined, NOBODY, anna(may(['test'], 'level=staging'))),
  ).rejects.toThrow('anna may not `test` on p1')
  expect(events).toEqual([{ type: 'right-denied', operator: 'anna', verb: 'test', via: 'socket', minions: ['p1'] }])
})

it('dispatch truncates the list of minions in an event so that the event fits', async () => {
  const minions = Array.from({ length: 1000 }, (_, index) => `${index}`.padStart(63, 'm')) as MinionId[]
  const { dispatch, events } = scene({
    test: async (_input, { caller }) => {
      demandRight(
        caller,
        'test',
        minions.map(id => ({ id, view: { ...MINION.view, id } })),
      )
      throw new Error('not refused')
    },
  })

  await expect(
    dispatch('test', { target: '*' }, () => undefined, NOBODY, anna(may(['test'], 'level=staging'))),
  ).rejects.toThrow('and 995 more')
  expect(events).toMatchObject([{ more: 960 }])
  expect(JSON.stringify(events[0]).length).toBeLessThan(4096)
})

it('dispatch logs the disclosure of a secret before it returns it, and never logs its value', async () => {
  const { dispatch, events } = scene({ 'pillar-get': async ({ path }) => ({ path, value: 'hunter2-secret' }) })
  const said = await dispatch('pillar-get', { path: 'a.b' }, () => undefined, NOBODY, anna(ALL_RIGHTS))

  expect(said).toEqual({ path: 'a.b', value: 'hunter2-secret' })
  expect(events).toEqual([
    { type: 'operator-acted', operator: 'anna', verb: 'pillar-get', via: 'socket', target: 'a.b', outcome: 'done' },
  ])
})

it('dispatch returns no secret when it cannot write to the log', async () => {
  const full = fakeDispatch({ 'pillar-get': async () => ({ path: 'a', value: 'hunter2-secret' }) }, () => {
    throw new AppError({ code: 'STORE_FULL', message: 'the disk is full' })
  })

  await expect(full('pillar-get', { path: 'a' }, () => undefined, NOBODY, anna(ALL_RIGHTS))).rejects.toMatchObject({
    problems: [{ code: 'STORE_FULL' }],
  })
})

it('dispatch logs a failed action with its error code', async () => {
  const { dispatch, events } = scene({
    'pillar-set': () => Promise.reject(new AppError({ code: 'PILLAR_PATH_INVALID', message: 'no' })),
  })

  await expect(
    dispatch('pillar-set', { path: 'x', value: 'hunter2-secret' }, () => undefined, NOBODY, anna(ALL_RIGHTS)),
  ).rejects.toThrow('no')
  expect(events).toMatchObject([{ verb: 'pillar-set', target: 'x', outcome: 'failed', code: 'PILLAR_PATH_INVALID' }])
  expect(JSON.stringify(events)).not.toContain('hunter2')
})

it('dispatch ends a running stream when its right is revoked and sends nothing more', async () => {
  let rights = may(['events'], '*')
  const live: Rights = {
    allows: verb => rights.allows(verb),
    allowsOn: (verb, minion) => rights.allowsOn(verb, minion),
    everywhere: verb => rights.everywhere(verb),
    sees: minion => rights.sees(minion),
    seesAll: () => rights.seesAll(),
    needsFleet: verb => rights.needsFleet(verb),
  }
  const line = { seq: 1, at: '', type: 'x', event: {} }
  const seen: unknown[] = []
  const { dispatch, events } = scene({
    events: (_input, { emit, signal }) =>
      new Promise(resolve => {
        emit(line)
        signal.addEventListener('abort', () => {
          emit({ ...line, seq: 2 })
          resolve({ lastSeq: 2 })
        })
      }),
  })
  const asked = dispatch('events', { follow: true }, event => seen.push(event), NOBODY, anna(live))
  rights = may(['test'], '*')

  await expect(asked).rejects.toMatchObject({ problems: [{ message: 'anna may not `events`' }] })
  expect(seen).toEqual([line])
  expect(events).toMatchObject([{ type: 'right-denied', verb: 'events' }])
})
