import type { Recipient } from '../schedule/entry.ts'
import { deliverToDirectory } from './file.ts'
import { deliverByMail } from './mail.ts'
import type { Parcel } from './parcel.ts'
import { deliverToWebhook } from './webhook.ts'

/** What sending needs besides: the clock, and who opens a pillar value, asked at the last moment. */
export interface SendWorld {
  readonly now: () => number
  readonly openSecret: (pillarPath: string) => Promise<string>
}

/** Brings a parcel to a recipient; throws AppError when it was not taken. Gives who of several is left without it. */
export async function send(
  recipient: Recipient,
  parcel: Parcel,
  { now, openSecret }: SendWorld,
): Promise<readonly string[]> {
  const open = async (path: string | undefined): Promise<string | undefined> => {
    return path === undefined ? undefined : await openSecret(path)
  }
  switch (recipient.kind) {
    case 'file':
      await deliverToDirectory(recipient.directory, parcel)
      return []
    case 'mail':
      return deliverByMail(recipient, await open(recipient.passwordSecret), parcel)
    case 'webhook':
      await deliverToWebhook(recipient, await open(recipient.secret), parcel, { nowMs: now() })
      return []
    default:
      return recipient satisfies never
  }
}
