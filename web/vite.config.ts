import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

import { mockPlant } from './mock/plugin.ts';

const server = process.env['TEP_URL'] ?? 'http://127.0.0.1:8800';

// The server refuses pages of another address; with the browser's own `Host` this page is one of its own.
const pass = { target: server, changeOrigin: false };
const proxy = { '/auth': pass, '/graphql': { ...pass, ws: true }, '/plants': { ...pass, ws: true }, '/health': pass, '/exports': pass, '/knowledge/documents': pass };

export default defineConfig(({ mode }) => ({
  plugins: [react(), mode === 'mock' ? mockPlant() : null],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: 'dist',
    target: 'es2022',
    // Every browser since 2024 knows light-dark(). What would be written for older ones needs a `color-scheme` in our own
    // styles, but the component library sets it, and without it every colour is lost.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The page is served from our own binary in a plant network; nothing may be inlined that a strict content security
    // policy would refuse.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    // The mock answers these paths itself.
    ...(mode === 'mock' ? {} : { proxy }),
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/test-setup.ts'],
    restoreMocks: true,
    // A busy build machine is slow, not wrong.
    testTimeout: 30_000,
    css: false,
  },
}));
