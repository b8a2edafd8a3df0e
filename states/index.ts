import type { State } from './define.ts'

/** All bundled state types: to register one is to list it here. */
export const STATES: readonly State[] = []
