import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../protocol/errors.ts'
import { SCHEDULE_FILE, type ScheduleFile } from '../schedule/entry.ts'
import { parseSchedule } from '../schedule/parse.ts'
import { decodeText } from '../yaml/encoding.ts'

/** Reads only schedule.yml, for frequent polling; throws its problems. A fleet without one has an empty schedule. */
export async function readSchedule(
  directory: string,
): Promise<{ readonly schedule: ScheduleFile; readonly text: string; readonly editedAtMs: number }> {
  const path = join(directory, SCHEDULE_FILE)
  const [bytes, editedAtMs] = await Promise.all([readFile(path), stat(path).then(({ mtimeMs }) => mtimeMs)]).catch(
    (cause: NodeJS.ErrnoException): readonly [Uint8Array, number] => {
      if (cause.code === 'ENOENT') return [new Uint8Array(), 0]
      throw new AppError(
        {
          code: 'FLEET_UNREADABLE',
          message: `cannot read \`${path}\`: ${cause.code ?? cause.message}`,
          hint: `See who may read it: \`ls -l ${path}\`.`,
        },
        { cause },
      )
    },
  )
  const text = decodeText(bytes, SCHEDULE_FILE)
  const { schedule, problems } = parseSchedule(text)
  if (problems.length > 0) throw new AppError(problems)
  return { schedule, text, editedAtMs }
}
