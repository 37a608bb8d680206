const KEY = 'greenroom.token'

/** Asks a person for the token; null when they would rather not. */
export type Ask = () => Promise<string | null>

let ask: Ask = async () => null
let asking: Promise<string | null> | null = null

/** Says who asks people for the token. */
export const onTokenNeeded = (by: Ask): void => {
  ask = by
}

/** The bearer token of this tab, if one was ever needed. */
export const token = (): string | null => sessionStorage.getItem(KEY)

/** Asks for the token once, however many requests need it at the same time; remembers it for this tab. */
export const askToken = (): Promise<string | null> => {
  asking ??= ask().then((given) => {
    asking = null
    if (given) sessionStorage.setItem(KEY, given)
    return given
  })
  return asking
}
