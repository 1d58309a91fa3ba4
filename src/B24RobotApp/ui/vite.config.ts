import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import bitrix24Ui from '@bitrix24/b24ui-nuxt/vite'
import { defineConfig } from 'vite'

const entry = (name: string) => fileURLToPath(new URL(`src/${name}/${name}.ts`, import.meta.url))

// Names without hashes: the pages come from the server, which tells browsers by an ETag whether a file is new.
export default defineConfig({
  base: './',
  plugins: [vue(), bitrix24Ui({ router: false, colorMode: false, dts: false })],
  build: {
    outDir: '../wwwroot/ui',
    emptyOutDir: true,
    modulePreload: false,
    chunkSizeWarningLimit: 1500,
    rollupOptions: {
      input: { install: entry('install'), main: entry('main'), 'deal-tab': entry('deal-tab'), 'robot-settings': entry('robot-settings') },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[name].js', assetFileNames: 'page[extname]' },
    },
  },
})
