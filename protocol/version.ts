/**
 * The one integer of the wire. Both sides offer what they speak inside the signed transcript; the highest common one
 * holds. The version before the newest keeps working.
 *
 * - 1 (2026-11-21): first light: handshake, orders, blobs, reports, boot highstate.
 */
export const PROTOCOL_VERSION = 1

/** All versions this program speaks, best first. */
export const SUPPORTED_VERSIONS: readonly number[] = [1]
