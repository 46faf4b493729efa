import { redirect } from '@sveltejs/kit';
import { readSession } from '#lib/session/session.ts';
import type { LayoutLoad } from './$types';

/** Everything on a page is live, so nothing is rendered on the server: it hands out a shell and the data comes after. */
export const ssr = false;

export const load: LayoutLoad = async ({ url, fetch }) => {
  const session = await readSession(fetch);
  const path = url.pathname;
  if (session?.state === 'setup' && path !== '/setup') redirect(307, '/setup');
  if (session?.state === 'signedOut' && path !== '/login')
    redirect(307, path === '/' || path === '/setup' ? '/login' : `/login?back=${encodeURIComponent(path)}`);
  if (session?.state === 'signedIn' && (path === '/login' || path === '/setup')) redirect(307, '/');
  return { session };
};
