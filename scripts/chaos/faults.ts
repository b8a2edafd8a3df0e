import { setTimeout as pause } from 'node:timers/promises'
import type { ChaosScene } from './chaos-scene.ts'
import type { Random } from './random.ts'

/** A way to disturb a master or a minion while a run is open. */
export interface Fault {
  readonly name: string
  /** Requires root. */
  readonly needsRoot?: true
  /** Starts the fault; returns a function that ends it after a time derived from the seed. */
  readonly strike: (blow: Blow) => Promise<() => Promise<void>>
}

export interface Blow {
  readonly scene: ChaosScene
  /** The affected minion. */
  readonly minion: string
  readonly random: Random
  /** Limits outages to one second. */
  readonly isShort: boolean
}

/** Occasionally longer than two heartbeats, so that each side considers the other dead. */
function outageMs({ random, isShort }: Blow): number {
  if (isShort) return random.between(100, 1_000)
  return random.chance(20) ? random.between(13_000, 15_000) : random.between(200, 3_000)
}

/** A fault that alters the bytes of a link for a while. */
function onLink(of: (random: Random) => Parameters<ReturnType<ChaosScene['link']>['set']>[0]): Fault['strike'] {
  return async blow => {
    const { scene, minion, random } = blow
    scene.link(minion).set(of(random))
    return async () => {
      await pause(outageMs(blow))
      scene.link(minion).set({ kind: 'none' })
    }
  }
}

function stopped(nameOf: (minion: string) => string): Fault['strike'] {
  return async blow => {
    const pid = blow.scene.pid(nameOf(blow.minion))
    process.kill(pid, 'SIGSTOP')
    return async () => {
      await pause(outageMs(blow))
      process.kill(pid, 'SIGCONT')
    }
  }
}

function fullDisk(nameOf: (minion: string) => string): Fault['strike'] {
  return async blow => {
    const disk = blow.scene.disk(nameOf(blow.minion))
    disk.fill()
    return async () => {
      await pause(Math.min(outageMs(blow), 4_000))
      disk.empty()
    }
  }
}

/** All faults. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'master-killed',
    strike: async ({ scene, random }) => {
      await scene.kill('master')
      return async () => {
        await pause(random.between(0, 2_000))
        await scene.startTheMaster()
      }
    },
  },
  {
    name: 'minion-killed',
    strike: async ({ scene, minion, random }) => {
      await scene.kill(`minion-${minion}`)
      return async () => {
        await pause(random.between(0, 2_000))
        scene.startMinion(minion)
      }
    },
  },
  { name: 'link-cut', strike: onLink(random => ({ kind: random.chance(50) ? 'cut' : 'silent' })) },
  { name: 'link-delayed', strike: onLink(random => ({ kind: 'delayed', ms: random.between(100, 1_500) })) },
  { name: 'link-corrupted', strike: onLink(random => ({ kind: 'corrupted', at: () => random.between(0, 99) / 100 })) },
  { name: 'master-stopped', strike: stopped(() => 'master') },
  { name: 'minion-stopped', strike: stopped(minion => `minion-${minion}`) },
  { name: 'master-disk-full', needsRoot: true, strike: fullDisk(() => 'master') },
  { name: 'minion-disk-full', needsRoot: true, strike: fullDisk(minion => minion) },
  {
    name: 'minion-killed-on-full-disk',
    needsRoot: true,
    strike: async blow => {
      const { scene, minion } = blow
      const disk = scene.disk(minion)
      disk.fill()
      await scene.kill(`minion-${minion}`)
      scene.startMinion(minion)
      return async () => {
        await pause(Math.min(outageMs(blow), 4_000))
        disk.empty()
      }
    },
  },
  {
    name: 'clock-set-back',
    strike: async ({ scene, random }) => {
      scene.setMasterClock(-random.between(1, 180) * 60_000)
      return () => pause(random.between(0, 1_000))
    },
  },
  {
    name: 'fleet-edited',
    strike: async ({ scene, random }) => {
      scene.edit()
      return () => pause(random.between(0, 500))
    },
  },
  {
    name: 'two-applies',
    strike: async ({ scene, random }) => {
      scene.edit()
      scene.apply()
      // Sometimes the first one continues before the second one was ordered.
      return () => pause(random.between(0, 3_000))
    },
  },
]
