import { mount } from '../mount'
import MainPage from './MainPage.vue'

await mount(MainPage)
