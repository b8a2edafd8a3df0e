import type { Recipient } from '../schedule/entry.ts'
import { deliverToDirectory } from './file.ts'
import { deliverByMail } from './mail.ts'
import type { DeliveryMessage } from './message.ts'
import { deliverToWebhook } from './webhook.ts'

/** Dependencies of sending: the clock, and access to pillar secrets, which are read at the last moment. */
export interface SendWorld {
  readonly now: () => number
  readonly openSecret: (pillarPath: string) => Promise<string>
}

/**
 * Delivers a message to a recipient; throws AppError when it was not accepted. Returns the addresses that did not get it, if
 * there are several.
 */
export async function send(
  recipient: Recipient,
  message: DeliveryMessage,
  { now, openSecret }: SendWorld,
): Promise<readonly string[]> {
  const open = async (path: string | undefined): Promise<string | undefined> => {
    return path === undefined ? undefined : await openSecret(path)
  }
  switch (recipient.kind) {
    case 'file':
      await deliverToDirectory(recipient.directory, message)
      return []
    case 'mail':
      return deliverByMail(recipient, await open(recipient.passwordSecret), message)
    case 'webhook':
      await deliverToWebhook(recipient, await open(recipient.secret), message, { nowMs: now() })
      return []
    default:
      return recipient satisfies never
  }
}
