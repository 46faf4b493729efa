import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Handler } from './web/web-server.ts';

const built = fileURLToPath(new URL('../../../build/handler.js', import.meta.url));

const notBuilt: Handler = (_request, response) => {
  response
    .writeHead(503, { 'content-type': 'text/plain; charset=utf-8' })
    .end('The pages are not built yet: npm run dashboard:build, then start again.\n');
};

/** What vite built of the pages; the rest of the server works without it. */
export const loadPages = async (): Promise<Handler> => {
  if (!existsSync(built)) return notBuilt;
  const { handler } = (await import(pathToFileURL(built).href)) as { handler: Handler };
  return handler;
};
