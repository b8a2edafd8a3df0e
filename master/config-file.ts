import { parse } from 'yaml'
import { z } from 'zod'
import { AppError } from '../protocol/errors.ts'
import { isHostAddress, isNetwork } from './address/address.ts'

function isPlace(text: string): boolean {
  return isHostAddress(text) || isNetwork(text)
}

const size = z
  .string()
  .regex(/^[1-9]\d{0,5}[MG]$/, 'must be a size such as 8M')
  .optional()

const schema = z.strictObject({
  fleet: z.string().min(1).optional(),
  state: z.string().min(1).optional(),
  listen: z.string().min(1).optional(),
  address: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9][A-Za-z0-9.-]*)(:\d{1,5})?$/)
    .optional(),
  socket: z.string().min(1).optional(),
  metrics: z.string().min(1).optional(),
  /** Proxies and NAT routers: a connection from them gives a minion no address. */
  shared_addresses: z
    .array(z.string().refine(isPlace, 'must be an IP address or a network such as 10.0.0.0/8'))
    .optional(),
  name: z.string().min(1).max(64).optional(),
  recordings: z
    .strictObject({
      keep: z
        .string()
        .regex(/^[1-9]\d{0,4}[hd]$/, 'must be a time such as 90d')
        .optional(),
      size: z
        .string()
        .regex(/^[1-9]\d{0,5}[MG]$/, 'must be a size such as 5G')
        .optional(),
    })
    .optional(),
  pending_keys: z
    .string()
    .regex(/^[1-9]\d{0,4}[hd]$/, 'must be a time such as 7d')
    .optional(),
  reports: z
    .strictObject({
      max: size,
      unordered_size: size,
      unordered_count: z.number().int().min(1).max(1_000_000).optional(),
    })
    .optional(),
})
/** Settings in `/etc/saltern/master.yml`. */
export type FileSettings = z.infer<typeof schema>

/** Parses the settings file. Throws CONFIG_INVALID with every invalid key. */
export function parseSettings(text: string, file: string): FileSettings {
  const invalid = (message: string, cause?: unknown): AppError => {
    return new AppError(
      { code: 'CONFIG_INVALID', message: `\`${file}\`: ${message}`, hint: `Correct it, or remove it.` },
      { cause },
    )
  }
  let value: unknown
  try {
    value = parse(text) ?? {}
  } catch (cause) {
    throw invalid(cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause), cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(
    parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')} ${message}`.trim()).join('; '),
  )
}
