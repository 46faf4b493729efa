import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

/** Run from the repository's root, because the one package.json lies there; everything it makes stays below dashboard/. */
export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ out: 'dashboard/build', precompress: false }),
      outDir: 'dashboard/.svelte-kit',
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          'style-src': ['self', 'unsafe-inline'],
          'img-src': ['self', 'blob:', 'data:'],
          'base-uri': ['self'],
          'object-src': ['none'],
        },
      },
      files: { src: 'dashboard/src', assets: 'dashboard/static' },
    }),
  ],
  cacheDir: 'dashboard/.svelte-kit/vite',
});
