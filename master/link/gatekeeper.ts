import type { KeyObject } from 'node:crypto'
import { decodeHandshake } from '../../protocol/codec.ts'
import { problemsOf } from '../../protocol/errors.ts'
import {
  type ClientHello,
  type ClientProof,
  checkClientProof,
  checkJoinProof,
  chooseVersion,
  type HandshakeMessage,
  type HandshakeTranscript,
  type MasterCertificate,
  signServerHello,
} from '../../protocol/handshake.ts'
import type { Fingerprint, MinionId } from '../../protocol/ids.ts'
import { LIMITS } from '../../protocol/limits.ts'
import { fingerprintOf } from '../../protocol/signature.ts'
import { judgeContact } from '../keys/enrol.ts'
import type { KeyStore } from '../keys/key-store.ts'

/** The master's half of one handshake. Says what to send; the session does the sending. */
export interface GatekeeperDeps {
  readonly masterKey: KeyObject
  readonly certificate: MasterCertificate
  readonly keys: KeyStore
  readonly now: () => number
  readonly random: (size: number) => Uint8Array
}

/** Who proved itself. Everything that a session knows of its peer's identity comes from here. */
export interface ProvenMinion {
  readonly minion: MinionId
  readonly fingerprint: Fingerprint
  readonly key: Uint8Array
  readonly sealingKey: Uint8Array
}

export type GateStep =
  | { readonly do: 'reply'; readonly message: HandshakeMessage }
  | { readonly do: 'open'; readonly message: HandshakeMessage; readonly proven: ProvenMinion }
  | { readonly do: 'refuse'; readonly message: HandshakeMessage | undefined; readonly reason: string }

export class Gatekeeper {
  readonly #deps: GatekeeperDeps
  readonly #exporter: Uint8Array
  readonly #address: string
  #seen: HandshakeTranscript | undefined

  constructor(deps: GatekeeperDeps, exporter: Uint8Array, address: string) {
    this.#deps = deps
    this.#exporter = exporter
    this.#address = address
  }

  take(bytes: Uint8Array): GateStep {
    if (bytes.length > LIMITS.unprovenFrameBytes) {
      return { do: 'refuse', message: undefined, reason: `a frame of ${bytes.length} bytes before the proof` }
    }
    try {
      const message = decodeHandshake(bytes)
      if (message.type === 'client-hello' && this.#seen === undefined) return this.#hello(message)
      if (message.type === 'client-proof' && this.#seen !== undefined) return this.#proof(message, this.#seen)
      return { do: 'refuse', message: undefined, reason: `\`${message.type}\` at the wrong moment` }
    } catch (error) {
      return { do: 'refuse', message: undefined, reason: problemsOf(error)[0].message }
    }
  }

  #hello(hello: ClientHello): GateStep {
    const version = chooseVersion(hello.versions)
    if (version === undefined) {
      return {
        do: 'refuse',
        message: { type: 'denied' },
        reason: `no version in common with ${hello.versions.join(', ')}`,
      }
    }
    const answer = { version, nonce: this.#deps.random(32), certificate: this.#deps.certificate }
    this.#seen = { exporter: this.#exporter, hello, answer }
    return { do: 'reply', message: signServerHello(this.#deps.masterKey, this.#seen) }
  }

  #proof(proof: ClientProof, seen: HandshakeTranscript): GateStep {
    const { keys, now } = this.#deps
    const denied = (reason: string): GateStep => ({ do: 'refuse', message: { type: 'denied' }, reason })
    if (!checkClientProof(seen, proof)) return denied('the proof does not hold')
    const proven: ProvenMinion = {
      minion: proof.id,
      fingerprint: fingerprintOf(proof.key),
      key: proof.key,
      sealingKey: proof.sealingKey,
    }
    const token = proof.join === undefined ? undefined : keys.token(proof.join.token)
    const verdict = judgeContact({
      minion: proof.id,
      counter: proof.counter,
      known: keys.find(proven.fingerprint),
      lastCounter: keys.counter(proven.fingerprint),
      sameId: keys.ofMinion(proof.id).filter(key => key.fingerprint !== proven.fingerprint),
      token,
      joinProved: token !== undefined && checkJoinProof(seen, proof, token.publicKey),
      now: now(),
    })
    const presented = { ...proven, address: this.#address }
    switch (verdict.do) {
      case 'accept':
        return this.#open(proven, proof.counter)
      case 'accept-by-token':
        if (token !== undefined && keys.acceptByToken(token.id, presented)) return this.#open(proven, proof.counter)
        keys.pend(presented)
        return denied('another minion used the join token first')
      case 'pend':
        keys.pend(presented)
        return denied(verdict.reason)
      case 'clone':
        keys.alarm(proof.id, proven.fingerprint, proof.counter, keys.counter(proven.fingerprint))
        return denied(verdict.reason)
      case 'deny':
        return denied(verdict.reason)
      default:
        return verdict satisfies never
    }
  }

  #open(proven: ProvenMinion, counter: number): GateStep {
    this.#deps.keys.setCounter(proven.fingerprint, counter)
    return { do: 'open', message: { type: 'session', serverTime: this.#deps.now() }, proven }
  }
}
