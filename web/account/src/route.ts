// The address of a page is its fragment, which no server sees: #sessions, or #reset=PROOF from a mail.
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  page: string; // "" for the first page
  proof: string | undefined;
}

function read(): Route {
  const [page = '', proof] = location.hash.slice(1).split('=');
  return { page, proof: proof || undefined };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const change = () => setRoute(read());
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  return route;
}

export function go(page: string) {
  location.hash = page;
}

// forget takes a proof that was used out of the address and the history. The page stays, because no
// event says that the address is another one.
export function forget() {
  history.replaceState(null, '', `${location.pathname}${location.search}`);
}
