import type { Section } from './bench-context.ts'
import { BLOBS } from './sections/blobs.ts'
import { COMPILE } from './sections/compile.ts'
import { CREATE, NOTHING_TO_DO } from './sections/files.ts'
import { IDLE } from './sections/idle.ts'
import { MEMORY } from './sections/memory.ts'
import { RECONNECT } from './sections/reconnect.ts'
import { REPORTS } from './sections/reports.ts'
import { START_UP } from './sections/start-up.ts'
import { PACKAGES, SERVICES, TEMPLATES } from './sections/states.ts'
import { SWARM } from './sections/swarm.ts'
import { COPY, STREAMS } from './sections/transfers.ts'

/** In the order in which they are measured. */
export const SECTIONS: readonly Section[] = [
  START_UP,
  NOTHING_TO_DO,
  CREATE,
  TEMPLATES,
  PACKAGES,
  SERVICES,
  BLOBS,
  STREAMS,
  COPY,
  COMPILE,
  SWARM,
  RECONNECT,
  REPORTS,
  IDLE,
  MEMORY,
]
