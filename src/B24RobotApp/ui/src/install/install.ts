import { mount } from '../mount'
import InstallPage from './InstallPage.vue'

await mount(InstallPage)
