import { Errors } from 'moleculer'

/** No other node can be reached now; the same call may succeed in a moment, for nothing of it was sent. */
export class BusDisconnected extends Errors.MoleculerRetryableError {
  constructor(sentence: string) {
    super(sentence, 503, 'BROKER_DISCONNECTED')
  }
}

/** More bytes than a message may have, and nowhere to leave them. It would be too large again. */
export class MessageTooLarge extends Errors.MoleculerClientError {
  constructor(bytes: number, most: number) {
    super(
      `${bytes} bytes are too many for one message between nodes (${most}): set GREENROOM_REDIS_URL, so that they can go by reference.`,
      413,
      'MESSAGE_TOO_LARGE',
    )
  }
}
