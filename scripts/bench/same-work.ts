import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchContext } from './bench-context.ts'
import { FleetOfOne } from './fleet-of-one.ts'
import { inTurns } from './in-turns.ts'
import { measuredRow } from './measured-row.ts'
import type { PeerWork } from './peers/peer.ts'
import { runPeer } from './peers/run-peer.ts'
import { type Sample, timedCommand } from './timed-command.ts'

/** Work that Saltern, the floor and the peers do in turns, each with a directory of its own. */
export interface SameWork {
  readonly section: string
  readonly n: number
  /** How many states of the role there are. */
  readonly states: number
  /** Files of the role that do the work in `target`. `owner`: `user` and `group` as arguments of a state. */
  readonly role: (target: string, owner: string) => { readonly [path: string]: string }
  /** True: the directories are emptied before each turn, so that everything is created. */
  readonly creates: boolean
  /** Outcome of all states when they are applied for the first time. */
  readonly first: 'changed' | 'unchanged'
  readonly floor: { readonly name: string; readonly command: (place: Place) => readonly string[] } | undefined
  /** Other programs to compare with, by name. */
  readonly others?: { readonly [name: string]: (place: Place) => readonly string[] }
  readonly peerWork: PeerWork
}

interface Place {
  /** An existing directory of its own. */
  readonly own: string
  /** The directory in which Saltern works. */
  readonly saltern: string
}

/** Measures a whole `master apply m1`: wall clock, and CPU time of the command, the master and the minion together. */
export async function measureSameWork(context: BenchContext, work: SameWork): Promise<void> {
  const { built, directory, sizes, peers, add, leaveOut } = context
  const { section, n, states, role, creates, first, floor, others = {}, peerWork } = work
  const placeOf = (name: string): string => join(directory, `${section}-${n}`, name)
  const saltern = placeOf('saltern')
  const runnerOf = (name: string, act: (own: string) => Promise<Sample>): (() => Promise<Sample>) => {
    const own = placeOf(name)
    mkdirSync(own, { recursive: true })
    return () => {
      if (creates) empty(own)
      return act(own)
    }
  }
  const commandOf = (name: string, command: (place: Place) => readonly string[]): (() => Promise<Sample>) =>
    runnerOf(name, own => timedCommand(command({ own, saltern }), { discard: true }))
  const fleet = new FleetOfOne(built)
  try {
    mkdirSync(saltern, { recursive: true })
    await fleet.start(role(saltern, fleet.scene.owner))
    await fleet.demand(states, first)
    const runners = new Map([['saltern', runnerOf('saltern', () => fleet.command(['apply', 'm1']))]])
    if (floor !== undefined) runners.set('floor', commandOf('floor', floor.command))
    for (const [name, command] of Object.entries(others)) runners.set(name, commandOf(name, command))
    for (const peer of peers) {
      const policy = placeOf(`${peer.name} policy`)
      mkdirSync(policy, { recursive: true })
      const command = peer.prepare(peerWork, policy, placeOf(peer.name))
      if (command === undefined) {
        leaveOut(`${peer.name}, n = ${n}`, 'it would take many minutes')
        continue
      }
      const run = runnerOf(peer.name, own => runPeer(peer, command, peerWork, own))
      const problem = await run().then(
        () => undefined,
        (error: Error) => error.message,
      )
      if (problem === undefined) runners.set(peer.name, run)
      else leaveOut(`${peer.name}, n = ${n}`, `it failed: ${problem}`)
    }
    const samples = await inTurns(sizes, Object.fromEntries(runners))
    if (!creates) await fleet.demand(states, 'unchanged')
    for (const figure of ['seconds', 'cpu'] as const) {
      const valuesOf = (name: string): readonly number[] => (samples[name] ?? []).map(sample => sample[figure])
      const beside = [...runners.keys()].filter(name => name !== 'saltern' && name !== 'floor')
      add(
        measuredRow({
          section,
          name: figure === 'seconds' ? 'whole command' : 'CPU of the whole command',
          n,
          unit: 's',
          values: valuesOf('saltern'),
          floor: floor === undefined ? undefined : { name: floor.name, values: valuesOf('floor') },
          peers: Object.fromEntries(beside.map(name => [name, valuesOf(name)])),
        }),
      )
    }
  } finally {
    await fleet.close()
  }
}

/** Empties a directory and waits until the disk has it, so that a turn does not pay for the one before. */
function empty(directory: string): void {
  rmSync(directory, { recursive: true })
  mkdirSync(directory)
  execFileSync('sync')
}
