import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isDiskFull, roomHint } from '../../protocol/disk-room.ts'
import { AppError } from '../../protocol/errors.ts'
import { replaceTrusted } from '../../protocol/trusted-directory.ts'
import { type DeliveryMessage, safeName, stemOf } from './message.ts'

/**
 * Writes a document to a directory, which is created if needed: attachments, text, and last the HTML page. Each file is written
 * completely or not at all and is on disk when this returns. Delivering a message again writes the same files.
 */
export async function deliverToDirectory(directory: string, message: DeliveryMessage): Promise<void> {
  const stem = stemOf(message)
  const { text, html, attachments } = message.document
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    ...attachments.map(({ name, bytes }) => [`${stem}-${safeName(name)}`, bytes] as const),
    [`${stem}.txt`, text],
    ...(html === undefined ? [] : [[`${stem}.html`, html] as const]),
  ]
  try {
    await mkdir(directory, { recursive: true, mode: 0o750 })
    for (const [name, data] of files) {
      await replaceTrusted(join(directory, name), 0o640, file => file.writeFile(data))
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new AppError(
      {
        code: 'DELIVERY_FAILED',
        message: `cannot write into \`${directory}\`: ${code ?? message}`,
        hint: isDiskFull(cause) ? roomHint(directory) : `Check it: \`ls -ld ${directory}\`.`,
      },
      { cause },
    )
  }
}
