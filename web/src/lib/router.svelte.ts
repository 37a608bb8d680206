import { type Route, route } from './route.ts'

class Router {
  route: Route = $state.raw(route(new URL(location.href)))

  constructor() {
    addEventListener('popstate', () => this.#read())
    addEventListener('hashchange', () => this.#read())
  }

  /** Goes to an address of this page, as a link would. */
  go(address: string) {
    history.pushState(null, '', address)
    this.#read()
    scrollTo(0, 0)
  }

  /** Changes the address where it stands, without a step in the history. */
  replace(address: string) {
    history.replaceState(null, '', address)
    this.#read()
  }

  /** Takes over plain clicks on links into this page; all others stay the browser's. */
  click = (event: MouseEvent) => {
    const anchor = (event.target as Element | null)?.closest?.('a')
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (!anchor || !isPlain || event.defaultPrevented || anchor.target || anchor.hasAttribute('download')) return
    if (anchor.origin !== location.origin || anchor.pathname.startsWith('/api/')) return
    event.preventDefault()
    this.go(anchor.pathname + anchor.search + anchor.hash)
  }

  #read() {
    this.route = route(new URL(location.href))
  }
}

/** Where the page is. */
export const router = new Router()
