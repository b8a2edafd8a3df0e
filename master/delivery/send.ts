import type { Recipient } from '../schedule/words.ts'
import { deliverToDirectory } from './file.ts'
import { deliverByMail } from './mail.ts'
import type { Parcel } from './parcel.ts'
import { deliverToWebhook } from './webhook.ts'

/** What sending needs besides: the clock, and who opens a pillar value, asked at the last moment. */
export interface SendWorld {
  readonly now: () => number
  readonly openSecret: (pillarPath: string) => Promise<string>
}

/** Brings a parcel to a recipient; throws AppError when it was not taken. */
export async function send(recipient: Recipient, parcel: Parcel, { now, openSecret }: SendWorld): Promise<void> {
  const open = async (path: string | undefined): Promise<string | undefined> => {
    return path === undefined ? undefined : await openSecret(path)
  }
  switch (recipient.kind) {
    case 'file':
      return deliverToDirectory(recipient.directory, parcel)
    case 'mail':
      return deliverByMail(recipient, await open(recipient.passwordSecret), parcel)
    case 'webhook':
      return deliverToWebhook(recipient, await open(recipient.secret), parcel, { nowMs: now() })
    default:
      return recipient satisfies never
  }
}
