import { mount } from '../mount'
import RobotSettings from './RobotSettings.vue'

await mount(RobotSettings)
