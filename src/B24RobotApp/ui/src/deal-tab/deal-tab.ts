import { mount } from '../mount'
import DealTab from './DealTab.vue'

await mount(DealTab)
